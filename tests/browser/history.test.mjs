// Back, forward and reload: what one sees is in the address.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useDesk } from "./support/desk.mjs";

const desk = useDesk();
const ids = (page) => page.locator("main article[data-id]").evaluateAll((cards) => cards.map((card) => card.dataset.id));

test("a search is in its address, with filters and order", async (t) => {
  const page = await desk.page(t);
  await page.goto("/");
  await page.locator("#q").fill("planets");
  await page.locator("form.search button", { hasText: "Search" }).click();
  await page.waitForURL(/q=planets/);
  const all = await ids(page);
  await page.locator(".filters summary").click();
  await page.locator("input[name=from]").fill("2026-03");
  await page.locator("select[name=sort]").selectOption("newest");
  await page.locator(".filters button").click();
  await page.waitForURL(/from=2026-03/);
  const some = await ids(page);
  assert.ok(some.length && some.join() !== all.join());
  await page.reload();
  assert.deepEqual(await ids(page), some);
  assert.equal(await page.locator("input[name=from]").inputValue(), "2026-03");
  assert.equal(await page.locator("select[name=sort]").inputValue(), "newest");
  await page.goBack();
  assert.deepEqual(await ids(page), all);
  assert.equal(await page.locator("#q").inputValue(), "planets");
  await page.goForward();
  assert.deepEqual(await ids(page), some);
});

test("a day of a feed is in its address", async (t) => {
  const page = await desk.page(t);
  await page.goto("/set/exoplanets/feed");
  const first = await ids(page);
  const earlier = await page.locator("main a[rel=prev]").getAttribute("href");
  await page.goto(earlier);
  const second = await ids(page);
  assert.notDeepEqual(second, first);
  await page.reload();
  assert.deepEqual(await ids(page), second);
  await page.goBack();
  assert.deepEqual(await ids(page), first);
});
