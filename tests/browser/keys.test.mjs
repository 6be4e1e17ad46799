// A walk with the keyboard alone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useDesk } from "./support/desk.mjs";
import { settle } from "./support/look.mjs";
import { PAPER, WORDS } from "./support/pages.mjs";

const desk = useDesk();
const SEARCH = `/?q=${encodeURIComponent(WORDS)}`;

/** Where the focus is, and whether one can see it. */
function focus() {
  const element = document.activeElement;
  const box = element.getBoundingClientRect();
  const card = element.closest("article");
  const current = document.querySelector("article[aria-current=true]");
  return {
    name: element.tagName.toLowerCase(), card: card?.dataset.id ?? null, current: current?.dataset.id ?? null,
    isSeen: element === document.body || (box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight),
    isMarked: element === document.body || getComputedStyle(element).outlineStyle !== "none" || Boolean(current && current.contains(element)),
  };
}

async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

/** Presses keys and checks which paper is the current one then, and that the focus is there. */
async function walk(page, keys, id) {
  await press(page, ...keys);
  await page.waitForFunction((wanted) => document.querySelector("article[aria-current=true]")?.dataset.id === wanted, id);
  const now = await page.evaluate(focus);
  assert.equal(now.card, id, `after ${keys}, the focus is at ${JSON.stringify(now)}`);
  assert.ok(now.isSeen && now.isMarked, `after ${keys}, the focus cannot be seen: ${JSON.stringify(now)}`);
}

test("a list is read, rated and left with keys", async (t) => {
  const page = await desk.page(t);
  await page.goto(SEARCH);
  const ids = await page.locator("article.card").evaluateAll((cards) => cards.map((card) => card.dataset.id));
  assert.ok(ids.length >= 5);
  // The field of an empty search has the focus; here nothing has.
  await page.evaluate(() => document.activeElement.blur());
  await walk(page, ["j"], ids[0]);
  await walk(page, ["j"], ids[1]);
  await walk(page, ["j", "j"], ids[3]);
  await walk(page, ["k"], ids[2]);
  const card = page.locator(`article[data-id="${ids[2]}"]`);

  await press(page, "a");
  await card.locator(".abstract[open]").waitFor();
  await press(page, "a");
  await card.locator(".abstract:not([open])").waitFor();

  await press(page, "l");
  await card.locator("button[data-key=l][aria-pressed=true]").waitFor();
  await page.locator("#status", { hasText: /./ }).waitFor({ state: "attached" });
  assert.equal((await page.evaluate(focus)).card, ids[2], "the focus stays in the card after a rating");
  await walk(page, ["j"], ids[3]);
  // Undo is of the last rating, wherever one has gone since.
  await press(page, "u");
  await card.locator("button[data-key=l][aria-pressed=false]").waitFor();
  await walk(page, ["k"], ids[2]);

  await press(page, "x");
  await page.locator(`article.folded[data-id="${ids[2]}"]`).waitFor();
  await press(page, "u");
  await page.locator(`article:not(.folded)[data-id="${ids[2]}"]`).waitFor();

  await walk(page, ["j", "k"], ids[2]);
  await press(page, "b");
  await card.locator(".save[open]").waitFor();
  await press(page, "Escape");
  await page.waitForFunction(() => !document.querySelector(".save[open]"));

  await press(page, "s");
  await page.waitForURL((url) => url.pathname === "/similar" && url.searchParams.get("id") === ids[2]);
  await page.goBack();
  await page.waitForURL(`**${SEARCH}`);
  await page.evaluate(() => document.activeElement.blur());
  await press(page, "j");
  await page.locator("article[aria-current=true]").waitFor();
  const open = await page.locator("article[aria-current=true]").getAttribute("data-id");
  await press(page, "o");
  await page.waitForURL((url) => url.pathname === `/paper/${open}`);
});

test("keys act on the paper of a page", async (t) => {
  const page = await desk.page(t);
  await page.goto(`/paper/${PAPER}`);
  const like = page.locator("article.sheet button[data-key=l]");
  const before = await like.getAttribute("aria-pressed");
  await press(page, "l");
  const after = before === "true" ? "false" : "true";
  await page.locator(`article.sheet button[data-key=l][aria-pressed=${after}]`).waitFor();
  await press(page, "u");
  await page.locator(`article.sheet button[data-key=l][aria-pressed=${before}]`).waitFor();
});

test("a page of similar papers has the field of the search", async (t) => {
  const page = await desk.page(t);
  await page.goto(`/similar?id=${PAPER}`);
  await press(page, "/");
  assert.ok(await page.evaluate(() => document.activeElement.matches("input[name=q]")));
});

test("keys reach the pages", async (t) => {
  const page = await desk.page(t);
  await page.goto("/help");
  await press(page, "g", "f");
  await page.waitForURL(/\/set\/[^/]+\/feed/);
  await press(page, "g", "m");
  await page.waitForURL(/\/map/);
  await settle(page);
  await press(page, "g", "i");
  await page.waitForURL(/\/import/);
  await page.evaluate(() => document.activeElement.blur());
  await press(page, "/");
  assert.ok(await page.evaluate(() => document.activeElement.matches("input[type=search], input[name=q]")));
});

test("keys rest while one types and when they are switched off", async (t) => {
  const page = await desk.page(t);
  await page.goto(SEARCH);
  await page.locator("#q").focus();
  await page.locator("#q").fill("");
  await page.keyboard.type("jlx/?gm");
  assert.equal(await page.locator("#q").inputValue(), "jlx/?gm");
  assert.equal(await page.locator("article[aria-current=true], dialog[open]").count(), 0);
  assert.equal(new URL(page.url()).pathname, "/");
  await press(page, "Escape");
  assert.notEqual(await page.evaluate(() => document.activeElement.id), "q", "Esc leaves the field");
  // With a modifier, a key is the browser's.
  await press(page, "Control+j", "Alt+j", "Meta+j");
  assert.equal(await page.locator("article[aria-current=true]").count(), 0);

  await page.goto("/settings");
  const keys = page.locator("input[name=keys]").first();
  if (await keys.getAttribute("type") === "checkbox") await keys.uncheck(); else await page.locator("input[name=keys][value=off]").check();
  await page.locator("form:has([name=keys]) button[type=submit]").click();
  await page.waitForFunction(() => document.body.dataset.keys === "off");
  await page.goto(SEARCH);
  await page.evaluate(() => document.activeElement.blur());
  await press(page, "j", "?", "/", "g", "m");
  await page.waitForTimeout(150);
  assert.equal(await page.locator("article[aria-current=true], dialog[open]").count(), 0);
  assert.equal(new URL(page.url()).pathname, "/");
  assert.notEqual(await page.evaluate(() => document.activeElement.id), "q");
});

test("the list of keys opens and closes, and the focus comes back", async (t) => {
  const page = await desk.page(t);
  await page.goto(SEARCH);
  await page.evaluate(() => document.activeElement.blur());
  await press(page, "j");
  const before = await page.evaluate(focus);
  await press(page, "?");
  const dialog = page.locator("dialog[open]");
  await dialog.waitFor();
  assert.ok(await dialog.locator("kbd").count() >= 15);
  assert.ok(await page.evaluate(() => document.activeElement.closest("dialog") !== null), "the focus is in the dialog");
  await press(page, "Escape");
  await dialog.waitFor({ state: "hidden" });
  assert.equal((await page.evaluate(focus)).card, before.card);
});

test("brackets go from day to day of a feed", async (t) => {
  const page = await desk.page(t);
  await page.goto("/set/exoplanets/feed");
  const first = page.url();
  await press(page, "[");
  await page.waitForURL((url) => url.href !== first && url.searchParams.has("day"));
  const earlier = new URL(page.url()).searchParams.get("day");
  await press(page, "]");
  await page.waitForURL((url) => url.searchParams.get("day") !== earlier);
  assert.ok((new URL(page.url()).searchParams.get("day") ?? "9999") > earlier);
});

test("the tab key visits everything in order and leaves nothing unseen", async (t) => {
  const page = await desk.page(t);
  await page.goto("/set/exoplanets/feed");
  await page.evaluate(() => document.activeElement.blur());
  await press(page, "Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop is the skip link");
  assert.ok((await page.evaluate(focus)).isSeen, "the skip link shows when it has the focus");
  await press(page, "Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  const stops = new Set();
  for (let stop = 0; stop < 40; stop += 1) {
    await press(page, "Tab");
    const now = await page.evaluate(focus);
    if (now.name === "body") break;
    assert.ok(now.isSeen && now.isMarked, `stop ${stop} cannot be seen: ${JSON.stringify(now)}`);
    stops.add(await page.evaluate(() => document.activeElement.outerHTML));
  }
  assert.ok(stops.size >= 20, `${stops.size} stops`);
});
