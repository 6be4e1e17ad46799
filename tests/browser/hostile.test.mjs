// Hostile strings in every field of papers, in queries and in names of sets: they stay text.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { useDesk } from "./support/desk.mjs";
import { HOSTILE, isPlain, normal, strangeIn, strangeInText } from "./support/hostile.mjs";
import { folder, kindred, sampleLibrary } from "./support/library.mjs";
import { settle } from "./support/look.mjs";

/** Lines of the console of pages that refuse something, as they should. */
const REFUSED = /^error: Failed to load resource: the server responded with a status of 4\d\d/;
/** Papers that lists are looked at with. */
const SET = "hostile";

// What has no letter is no name, so each author has one.
const idOf = (place) => `2602.${String(10001 + place)}`;

/** The sample with a paper for each string, in all of its fields. */
async function hostileLibrary() {
  const library = await sampleLibrary();
  const file = path.join(await folder("hostile"), "hostile.jsonl");
  const lines = HOSTILE.map(({ text }, place) => JSON.stringify({
    id: `arXiv:${idOf(place)}`, title: text, abstract: text, authors: [`A ${text}`], comments: text, categories: ["cs.CR"], date: "2026-02-02",
  }));
  await writeFile(file, `${lines.join("\n")}\n`);
  await kindred("--library", library, "import", file);
  return library;
}

const desk = useDesk({ make: hostileLibrary });

/** Runs a check for each string in several tabs; collects what fails. */
async function forAll(context, entries, check) {
  const faults = [];
  const queue = entries.values();
  await Promise.all(Array.from({ length: 3 }, async () => {
    const page = await context.newPage();
    for (const entry of queue) {
      try { await check(page, entry); } catch (error) { faults.push(`${entry.name}: ${error.message.slice(0, 400)}`); }
      if (faults.length > 5) break;
    }
    await page.close();
  }));
  assert.deepEqual(faults, []);
}

const ALL = HOSTILE.map((entry, place) => ({ ...entry, place, id: idOf(place) }));

test("there are 300 strings and more", () => {
  assert.ok(HOSTILE.length >= 300, String(HOSTILE.length));
  assert.equal(new Set(HOSTILE.map(({ text }) => text)).size, HOSTILE.length);
});

test("the page of a paper shows them as text", async (t) => {
  const { context } = await desk.context(t);
  let compared = 0, papers = 0;
  await forAll(context, ALL, async (page, { text, id }) => {
    const answer = await page.goto(`/paper/${id}`, { waitUntil: "domcontentloaded" });
    if (answer.status() === 404) return assert.equal(normal(text), "", "the importer left out a paper with a title");
    assert.equal(answer.status(), 200);
    papers += 1;
    assert.deepEqual(await strangeIn(page, desk.origin), []);
    if (!isPlain(text)) return undefined;
    const wanted = normal(text);
    const shown = await page.evaluate(() => ({
      title: document.querySelector("main h1").textContent,
      abstract: document.querySelector("article.sheet .text")?.textContent ?? "",
      author: document.querySelector("article.sheet .authors").textContent,
      comments: [...document.querySelectorAll("article.sheet dt")].find((name) => name.textContent === "Comments")?.nextElementSibling.textContent ?? "",
    }));
    compared += 1;
    return assert.deepEqual(shown, { title: wanted || "(no title)", abstract: wanted, author: normal(`A ${text}`), comments: wanted });
  });
  t.diagnostic(`${papers} papers, ${compared} of them compared to the letter`);
  assert.ok(compared >= 240, `${compared} compared`);
});

test("queries are shown as they were typed", async (t) => {
  const { context } = await desk.context(t, { tolerates: REFUSED });
  await forAll(context, ALL.filter(({ text }) => encodeURIComponent(text).length < 8_000), async (page, { text }) => {
    const answer = await page.goto(`/?q=${encodeURIComponent(text)}`, { waitUntil: "domcontentloaded" });
    assert.ok([200, 400, 404, 422].includes(answer.status()), `status ${answer.status()}`);
    assert.deepEqual(await strangeIn(page, desk.origin), []);
    // Fields hold no line breaks, whatever they are given.
    const kept = await page.locator("input[name=q], textarea[name=text]").first().inputValue();
    const flat = (value) => value.replace(/[\r\n\0\ufffd]/g, "").replace(/^[\s\u0085]+|[\s\u0085]+$/g, "");
    assert.equal(flat(kept), flat(text));
  });
});

test("names of sets are refused or shown as text", async (t) => {
  const { context } = await desk.context(t, { tolerates: REFUSED });
  const names = ALL.filter(({ text }) => text.length <= 64);
  const asker = await context.newPage();
  await asker.goto("/?q=planet");
  const token = await asker.locator("input[name=token]").first().inputValue();
  let refused = 0, kept = 0;
  await forAll(context, names, async (page, { text }) => {
    if (page.url() === "about:blank") await page.goto("/help");
    // As the form of a card would send it, from a page of this server.
    const answer = await asker.request.post("/save", {
      form: { token, id: idOf(0), set: "", new: text, back: "/sets" }, headers: { origin: desk.origin, "sec-fetch-site": "same-origin" }, maxRedirects: 0,
    });
    if (answer.status() === 303) { kept += 1; return; }
    refused += 1;
    assert.ok([400, 422].includes(answer.status()), `status ${answer.status()}`);
    assert.deepEqual(await strangeInText(page, desk.origin, await answer.text()), []);
  });
  t.diagnostic(`${refused} names refused, ${kept} taken`);
  assert.ok(refused > 150 && kept > 0);
  const page = await context.newPage();
  await page.goto("/sets");
  assert.deepEqual(await strangeIn(page, desk.origin), []);
});

test("lists, feeds, sets and the map hold no element of theirs", async (t) => {
  await kindred("--library", desk.library, "like", "--set", SET, ...ALL.slice(0, 40).map(({ id }) => id)).catch((error) => { throw new Error(error.stderr); });
  const { context } = await desk.context(t);
  const page = await context.newPage();
  const seen = new Set();
  for (const place of [
    `/set/${SET}`, `/set/${SET}/feed`, `/set/${SET}/feed?day=2026-02-02`, `/set/${SET}/ask`, `/similar?id=${idOf(3)}`, `/similar?id=${idOf(120)}`,
    `/set/${SET}/why?id=${idOf(60)}`, "/?q=alert&sort=newest", "/?q=script+img+onerror", "/topics", "/sets", "/ledger",
  ]) {
    const answer = await page.goto(place);
    assert.equal(answer.status(), 200, place);
    assert.deepEqual(await strangeIn(page, desk.origin), [], place);
    for (const card of await page.locator("main a[href^='/paper/2602.']").evaluateAll((links) => links.map((link) => [link.getAttribute("href").slice(7), link.textContent]))) {
      const entry = ALL.find(({ id }) => id === card[0]);
      if (!entry || !isPlain(entry.text) || card[1] === entry.id) continue;
      assert.equal(card[1].trim(), normal(entry.text) || "(no title)", `${entry.name} on ${place}`);
      seen.add(entry.id);
    }
  }
  t.diagnostic(`${seen.size} titles compared in lists`);
  assert.ok(seen.size >= 40, `${seen.size} titles in lists`);
});

test("the map and its cards hold no element of theirs", async (t) => {
  await kindred("--library", desk.library, "map", "--svg", path.join(await folder("map"), "map.svg"));
  const page = await desk.page(t);
  await page.goto("/map");
  await settle(page);
  assert.deepEqual(await strangeIn(page, desk.origin), []);
  let shown = 0;
  for (const { id, text } of ALL.slice(0, 60)) {
    await page.evaluate((hash) => { location.hash = hash; }, `#paper=${encodeURIComponent(id)}`);
    const link = page.locator(`#card .title a[href="/paper/${id}"]`);
    await link.waitFor({ timeout: 60_000 });
    if (isPlain(text)) assert.equal((await link.textContent()).trim(), normal(text) || id);
    assert.deepEqual(await strangeIn(page, desk.origin), []);
    shown += 1;
  }
  t.diagnostic(`${shown} cards`);
});
