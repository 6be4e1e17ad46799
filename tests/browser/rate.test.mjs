// Ratings: with and without the script, undone, and what they do to a feed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useDesk } from "./support/desk.mjs";
import { WORDS } from "./support/pages.mjs";

const desk = useDesk();
const FEED = "/set/exoplanets/feed?threshold=wide";
const SEARCH = `/?q=${encodeURIComponent(WORDS)}`;

const order = (page) => page.locator("main article[data-id]").filter({ visible: true }).evaluateAll((cards) => cards.map((card) => card.dataset.id));

test("without JavaScript a paper is rated, saved and taken back", async (t) => {
  const page = await desk.page(t, { javaScriptEnabled: false });
  await page.goto(SEARCH);
  const [id] = await order(page);
  const card = page.locator(`article[data-id="${id}"]`);
  const where = page.url();
  await card.locator("button", { hasText: /^Like$/ }).click();
  assert.equal(page.url().split("#")[0], where, "one comes back to the same list");
  assert.equal(await card.locator("button[data-key=l]").getAttribute("aria-pressed"), "true");
  await card.locator("button", { hasText: "Undo" }).click();
  assert.equal(await card.locator("button[data-key=l]").getAttribute("aria-pressed"), "false");
  await card.locator("button", { hasText: "Not for me" }).click();
  await page.locator(`article.folded[data-id="${id}"]`).waitFor();
  await card.locator("button", { hasText: "Undo" }).click();
  await page.locator(`article:not(.folded)[data-id="${id}"]`).waitFor();

  await card.locator(".save summary").click();
  // A name that is typed goes before the set that is chosen.
  await card.locator(".save input[name=new]").fill("to-read");
  await card.locator(".save button").click();
  await page.goto("/set/to-read");
  await page.locator(`a[href="/paper/${id}"]`).first().waitFor();
});

test("a feed keeps still while it is rated, and ranks anew when told to", async (t) => {
  const { context } = await desk.context(t, { viewport: { width: 1280, height: 500 } });
  const page = await context.newPage();
  await page.goto(FEED);
  const before = await order(page);
  assert.ok(before.length >= 6, `only ${before.length} papers`);
  const place = Math.min(4, before.length - 2);
  const id = before[place];
  const card = page.locator(`main article[data-id="${id}"]`);
  await card.scrollIntoViewIfNeeded();
  const top = () => card.evaluate((element) => element.getBoundingClientRect().top);
  const [scrolled, at] = [await page.evaluate(() => scrollY), await top()];
  await card.locator("button[data-key=x]").click();
  await page.locator(`article.folded[data-id="${id}"]`).waitFor();
  assert.ok(page.url().endsWith(FEED), "no page was loaded");
  assert.ok(Math.abs(await top() - at) <= 1, "the card stays where it was");
  assert.ok(Math.abs(await page.evaluate(() => scrollY) - scrolled) <= 1, "the list does not jump");
  assert.deepEqual(await order(page), before, "the order waits");
  assert.match(await page.locator("#status").textContent(), /./, "the rating is told");

  await card.locator("button", { hasText: "Undo" }).click();
  await page.locator(`article:not(.folded)[data-id="${id}"]`).waitFor();
  assert.deepEqual(await order(page), before);

  await card.locator("button[data-key=x]").click();
  await page.locator(`article.folded[data-id="${id}"]`).waitFor();
  await page.getByRole("button", { name: "Update ranking" }).click();
  await page.waitForLoadState("load");
  await page.waitForFunction((gone) => !document.querySelector(`main article[data-id="${gone}"]:not(.folded)`), id);
  assert.notDeepEqual(await order(page), before, "the ranking knows the rating");
});

test("undo brings back what was before, also a like of another day", async (t) => {
  const page = await desk.page(t);
  await page.goto(SEARCH);
  // One that no set of the sample likes.
  const id = await page.locator("article[data-id]:has(button[data-key=l][aria-pressed=false])").nth(1).getAttribute("data-id");
  const card = page.locator(`article[data-id="${id}"]`);
  const liked = card.locator("button[data-key=l][aria-pressed=true]");
  await card.locator("button[data-key=l]").click();
  await liked.waitFor();
  await page.reload();
  await card.locator("h3 a").focus();
  await page.keyboard.press("x");
  await page.locator(`article.folded[data-id="${id}"]`).waitFor();
  await page.keyboard.press("u");
  await liked.waitFor();
  await page.keyboard.press("l");
  await card.locator("button[data-key=l][aria-pressed=false]").waitFor();
  await page.keyboard.press("u");
  await liked.waitFor();
  // Nothing is left to undo, so nothing is lost.
  await page.keyboard.press("u");
  await page.locator("#status", { hasText: "Nothing to undo" }).waitFor();
  await page.reload();
  await liked.waitFor();
});

test("keys that follow each other fast are kept in their order", async (t) => {
  const page = await desk.page(t);
  await page.goto(SEARCH);
  const id = await page.locator("article[data-id]:has(button[data-key=l][aria-pressed=false])").nth(2).getAttribute("data-id");
  const card = page.locator(`article[data-id="${id}"]`);
  let sent = 0;
  await page.route("**/rate", async (route) => {
    // The first answer comes last, unless the second waits for it.
    sent += 1;
    if (sent === 1) await new Promise((done) => { setTimeout(done, 400); });
    await route.continue();
  });
  await card.locator("h3 a").focus();
  await page.keyboard.press("l");
  await page.keyboard.press("x");
  await page.keyboard.press("u");
  await page.locator("#status", { hasText: "Undone" }).waitFor();
  assert.equal(sent, 3);
  await card.locator("button[data-key=l][aria-pressed=true]").waitFor();
  await page.reload();
  await card.locator("button[data-key=l][aria-pressed=true]").waitFor();
});

test("a rating is kept, in the set that is told", async (t) => {
  const page = await desk.page(t);
  await page.goto(FEED);
  const [id] = await order(page);
  const card = page.locator(`main article[data-id="${id}"]`);
  await card.locator("button[data-key=l]").click();
  await card.locator("button[data-key=l][aria-pressed=true]").waitFor();
  assert.match(await card.locator(".rated").textContent(), /exoplanets/);
  await page.goto(`/paper/${id}`);
  await page.locator("article.sheet button[data-key=l][aria-pressed=true]").waitFor();
  await page.locator("article.sheet").getByRole("link", { name: "exoplanets", exact: true }).waitFor();
});
