// What is changed without JavaScript: settings and sets.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useDesk } from "./support/desk.mjs";
import { WORDS } from "./support/pages.mjs";

const desk = useDesk();
const plain = { javaScriptEnabled: false };

/** Chooses a value of a field, whatever kind of field it is. */
async function choose(page, name, value, word = value) {
  const fields = page.locator(`[name=${name}]`);
  const kind = await fields.first().evaluate((field) => field.localName === "select" ? "select" : field.type);
  if (kind === "select") await fields.first().selectOption(value);
  else if (kind === "radio") await page.locator(`[name=${name}][value=${value}]`).check();
  else await fields.first().setChecked(word === "on" || word === "open");
}

const submit = (page, name) => page.locator(`form:has([name=${name}]) button[type=submit]`).first().click();

test("settings are kept: theme, keys, abstracts", async (t) => {
  const page = await desk.page(t, plain);
  await page.goto("/settings");
  for (const [name, value] of [["theme", "dark"], ["keys", "off"], ["abstracts", "open"]]) await choose(page, name, value);
  await submit(page, "theme");
  await page.goto(`/?q=${encodeURIComponent(WORDS)}`);
  assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
  assert.equal(await page.locator("body").getAttribute("data-keys"), "off");
  assert.ok(await page.locator("article .abstract[open]").count() >= 5);
  await page.goto("/settings");
  for (const [name, value] of [["theme", "system"], ["keys", "on"], ["abstracts", "folded"]]) await choose(page, name, value);
  await submit(page, "theme");
  await page.goto(`/?q=${encodeURIComponent(WORDS)}`);
  assert.equal(await page.locator("html").getAttribute("data-theme"), null);
  assert.equal(await page.locator("body").getAttribute("data-keys"), "on");
  assert.equal(await page.locator("article .abstract[open]").count(), 0);
});

test("several papers are ticked and saved as a set", async (t) => {
  const page = await desk.page(t, plain);
  await page.goto(`/?q=${encodeURIComponent(WORDS)}`);
  const ticks = page.locator("article .tick input");
  const ids = await ticks.evaluateAll((boxes) => boxes.slice(0, 3).map((box) => box.value));
  for (const place of [0, 1, 2]) await ticks.nth(place).check();
  await page.locator("#ticked details summary").click();
  await page.locator("#ticked input[name=new]").fill("ticked");
  // Enter in the field does what the button beside it does.
  await page.locator("#ticked input[name=new]").press("Enter");
  await page.waitForURL((url) => !url.search);
  assert.notEqual(new URL(page.url()).pathname, "/similar");
  await page.goto("/set/ticked");
  for (const id of ids) await page.locator(`main a[href="/paper/${id}"]`).first().waitFor();
  await page.goto(`/?q=${encodeURIComponent(WORDS)}`);
  for (const place of [0, 1]) await ticks.nth(place).check();
  await page.locator("#ticked > button").click();
  await page.waitForURL((url) => url.pathname === "/similar" && url.searchParams.getAll("id").length === 2);
  assert.equal(new URL(page.url()).searchParams.get("token"), null, "the token is in the address");
});

test("a form of another site, and one without the token, change nothing", async (t) => {
  const page = await desk.page(t, plain);
  await page.goto("/");
  const fields = { id: "2601.90034", set: "stolen", rating: "like", back: "/" };
  const tries = [
    { form: { ...fields, token: "0".repeat(64) }, headers: { origin: desk.origin } },
    { form: fields, headers: { origin: desk.origin } },
    { form: fields, headers: { origin: "http://evil.example", "sec-fetch-site": "cross-site" } },
  ];
  for (const request of tries) assert.equal((await page.request.post("/rate", request)).status(), 403);
  await page.goto("/sets");
  assert.equal(await page.locator("a[href^='/set/stolen']").count(), 0);
});

test("a feed is read without JavaScript: threshold, reasons, update, a day marked as read", async (t) => {
  const page = await desk.page(t, plain);
  await page.goto("/set/exoplanets/feed");
  const day = await page.locator("h1 time").getAttribute("datetime");
  const papers = () => page.locator("main article[data-id]").filter({ visible: true }).count();
  const normal = await papers();
  await page.locator("select[name=threshold]").selectOption("wide");
  await page.locator("form.filter button", { hasText: "Show" }).click();
  await page.waitForURL(/threshold=wide/);
  assert.ok(await papers() > normal, "a wide threshold shows more");
  assert.match(await page.locator("#end").textContent(), /All seen\. \d+ hidden: \d+ /, "a feed says what it hides");

  await page.locator("main article a", { hasText: /^Why$/ }).first().click();
  assert.match(new URL(page.url()).pathname, /^\/set\/exoplanets\/why$/);
  await page.goBack();

  const first = page.locator("main article[data-id]").first();
  const id = await first.getAttribute("data-id");
  await first.locator("button[data-key=x]").click();
  await page.getByRole("button", { name: "Update ranking" }).click();
  assert.equal(await page.locator(`main article[data-id="${id}"]`).count(), 0, "who is rated leaves the feed");
  await page.getByRole("button", { name: "Mark this day as read" }).click();
  await page.getByText("This day is marked as read").waitFor();
  await page.locator("a[rel=prev]").click();
  assert.notEqual(await page.locator("h1 time").getAttribute("datetime"), day);
});

test("a set is made, ruled, renamed, merged and deleted", async (t) => {
  const page = await desk.page(t, plain);
  await page.goto("/sets");
  await page.locator("form input[name=name]").fill("empty-one");
  await page.getByRole("button", { name: "Make an empty set" }).click();
  await page.waitForURL(/\/set\/empty-one\/ask/);
  await page.locator("main article button[data-key=l]").first().click();
  await page.goto("/set/empty-one");
  assert.equal(await page.locator(".members a[href^='/paper/']").count(), 1);

  await page.locator("#rules input[name=rule]").fill("survey | <b>review</b>");
  await page.getByRole("button", { name: "Add rule" }).click();
  assert.match(await page.locator("#rules .members").textContent(), /survey \| <b>review<\/b>/);
  await page.locator("#rules .members button").first().click();
  assert.equal(await page.locator("#rules .members li").count(), 0);

  await page.locator("input[name=new]").fill("other-name");
  await page.getByRole("button", { name: "Rename" }).click();
  await page.waitForURL(/\/set\/other-name/);
  await page.goto("/set/distributed-learning/merge?from=other-name");
  await page.locator("main form[method=post] button").first().click();
  await page.goto("/sets");
  assert.equal(await page.locator("a[href='/set/other-name']").count(), 0, "a merged set is gone");

  await page.locator("form input[name=name]").fill("to-delete");
  await page.getByRole("button", { name: "Make an empty set" }).click();
  await page.goto("/set/to-delete/delete");
  await page.locator("main form[method=post] button").first().click();
  await page.goto("/sets");
  assert.equal(await page.locator("a[href='/set/to-delete']").count(), 0);
});
