// Nothing is asked of any other host, whatever one does.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useDesk } from "./support/desk.mjs";
import { settle } from "./support/look.mjs";
import { makeAll, WHOLE } from "./support/pages.mjs";

const desk = useDesk({ prepare: makeAll });

test("all pages ask this server alone", async (t) => {
  const { context, seen } = await desk.context(t);
  const asked = new Map();
  await context.route("**", (route) => {
    const { origin } = new URL(route.request().url());
    asked.set(origin, (asked.get(origin) ?? 0) + 1);
    return origin === desk.origin ? route.continue() : route.abort();
  });
  const page = await context.newPage();
  for (const it of WHOLE) {
    // What moves while it is scrolled to cannot be pointed at.
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.goto(it.path);
    await settle(page);
    // A wheel would go on scrolling while links are pointed at.
    await page.evaluate(() => scrollBy({ top: 2_000, behavior: "instant" }));
    // Hovering and focusing is where pages fetch ahead.
    for (const link of (await page.locator("main a").filter({ visible: true }).all()).slice(0, 3)) await link.hover({ force: true });
  }
  t.diagnostic(`${seen.requests.length} requests, all of this server`);
  assert.deepEqual([...asked.keys()], [desk.origin]);
  assert.ok(seen.requests.length > WHOLE.length * 3);
});

test("the watch sees what it should", async (t) => {
  const { context, seen, assertQuiet } = await desk.context(t, { tolerates: /./ });
  const page = await context.newPage();
  await page.goto("/help");
  await page.evaluate(() => {
    document.body.insertAdjacentHTML("beforeend", "<img src='http://127.0.0.1:9/x.png'><p style='color:red'>x</p><script>alert(1)</script>");
    return fetch("http://127.0.0.1:9/").catch(() => {});
  });
  for (const directive of ["connect-src", "img-src", "style-src-attr"]) {
    await poll(() => seen.tolerated.some((line) => line.startsWith(`error: policy: ${directive} `)), directive);
  }
  await page.evaluate(() => { setTimeout(() => alert("a dialog")); });
  await poll(() => seen.dialogs.length === 1, "the dialog");
  await page.goto("http://127.0.0.1:9/").catch(() => {});
  await poll(() => seen.strangers.includes("http://127.0.0.1:9/"), "the request");
  assert.throws(assertQuiet);
  seen.strangers.length = 0;
  seen.dialogs.length = 0;
});

async function poll(isThere, what) {
  for (let look = 0; look < 100 && !isThere(); look += 1) await new Promise((done) => { setTimeout(done, 50); });
  assert.ok(isThere(), `${what} was not noted`);
}
