// Room: 400 % zoom, targets for fingers, print, little motion, themes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useDesk } from "./support/desk.mjs";
import { settle, theme } from "./support/look.mjs";
import { makeAll, PAGES, STATUS_LINES, WHOLE, WORDS } from "./support/pages.mjs";

const desk = useDesk({ prepare: makeAll });

/** What sticks out at the side, if the page can be scrolled sideways. */
function overflow() {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const wide = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
  return [`${scrollWidth} > ${clientWidth}`, ...wide.slice(0, 6).map((element) => element.outerHTML.slice(0, 100))];
}

/** Buttons and links of navigation and actions that are too small for a finger (WCAG 2.5.8). */
function smallTargets() {
  const all = document.querySelectorAll("button, summary, select, input:not([type=hidden]), nav a, .actions a, .links a, footer a, .gear, .brand, .pager a");
  return [...all].filter((element) => {
    const box = element.getBoundingClientRect();
    const isShown = element.checkVisibility({ visibilityProperty: true }) && box.width > 1;
    // A box is hit by its label too.
    const label = element.labels?.[0]?.getBoundingClientRect();
    const [width, height] = [Math.max(box.width, label?.width ?? 0), Math.max(box.height, label?.height ?? 0)];
    return isShown && (width < 24 || height < 24);
  }).map((element) => `${element.outerHTML.slice(0, 90)}: ${Math.round(element.getBoundingClientRect().width)}x${element.getBoundingClientRect().height.toFixed(1)}`);
}

test("nothing is scrolled sideways at 320 pixels, all folds open", async (t) => {
  for (const it of PAGES) {
    await t.test(it.name, async (t) => {
      const page = await desk.page(t, { viewport: { width: 320, height: 640 }, tolerates: it.status && STATUS_LINES });
      await page.goto(it.path);
      await settle(page);
      assert.deepEqual(await page.evaluate(overflow), []);
      await page.evaluate(() => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
      assert.deepEqual(await page.evaluate(overflow), []);
    });
  }
});

test("targets are at least 24 pixels", async (t) => {
  for (const it of PAGES) {
    await t.test(it.name, async (t) => {
      const page = await desk.page(t, { viewport: { width: 390, height: 844 }, hasTouch: true, tolerates: it.status && STATUS_LINES });
      await page.goto(it.path);
      await settle(page);
      assert.deepEqual((await page.evaluate(smallTargets)).slice(0, 8), []);
    });
  }
});

test("the head is walked in the order in which it is seen", async (t) => {
  for (const width of [1280, 390, 320]) {
    for (const path of ["/", "/sets"]) {
      const page = await desk.page(t, { viewport: { width, height: 844 } });
      await page.goto(path);
      const boxes = await page.locator(".top a, .top input").evaluateAll((all) => all.map((one) => {
        const { left, top, bottom } = one.getBoundingClientRect();
        return { name: one.textContent || one.name, left, top, bottom };
      }));
      assert.ok(boxes.length >= 8, `${boxes.length} stops`);
      boxes.slice(1).forEach((box, place) => {
        const before = boxes[place];
        assert.ok(box.top >= before.bottom - 1 || box.left > before.left, `${box.name} stands before ${before.name} at ${width} on ${path}`);
        assert.ok(box.bottom > before.top, `${box.name} stands above ${before.name} at ${width} on ${path}`);
      });
    }
  }
});

test("print has papers and no controls", async (t) => {
  const page = await desk.page(t);
  await page.goto(`/?q=${encodeURIComponent(WORDS)}`);
  await page.emulateMedia({ media: "print" });
  for (const hidden of [".top", "footer", "article .actions", "form.search", ".filters"]) {
    assert.ok(await page.locator(hidden).count(), hidden);
    assert.equal(await page.locator(hidden).filter({ visible: true }).count(), 0, `${hidden} is printed`);
  }
  assert.ok(await page.locator("article.card h3").filter({ visible: true }).count() >= 5);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const [ink, paper] = await page.evaluate(() => [getComputedStyle(document.querySelector("article h3 a")).color, getComputedStyle(document.body).backgroundColor]);
  assert.deepEqual([ink, paper], ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"], "dark paper costs ink");
  for (const selector of [".facts", ".why", ".abstract"]) {
    const color = await page.locator(selector).first().evaluate((element) => getComputedStyle(element).color).catch(() => null);
    const [red, green, blue] = color.match(/\d+/g).map(Number);
    assert.ok(red + green + blue < 380, `${selector} is printed in ${color}, from a dark screen`);
  }
});

test("who wants little motion gets none", async (t) => {
  for (const reducedMotion of ["reduce", "no-preference"]) {
    const page = await desk.page(t, { reducedMotion });
    for (const it of WHOLE.slice(0, 4)) {
      await page.goto(it.path);
      const moving = await page.evaluate(() => [...document.querySelectorAll("*")].filter((element) => {
        const style = getComputedStyle(element);
        return style.scrollBehavior === "smooth" || style.animationName !== "none" || Number.parseFloat(style.transitionDuration) > 0;
      }).length);
      if (reducedMotion === "reduce") assert.equal(moving, 0, it.name); else assert.ok(moving > 0, "the test sees motion");
    }
  }
});

test("a chosen theme wins over that of the system", async (t) => {
  const page = await desk.page(t);
  await page.goto("/");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const seen = {};
  for (const system of ["light", "dark"]) {
    for (const chosen of [null, "light", "dark"]) {
      await theme(page, system, chosen);
      seen[`${system} ${chosen}`] = await ground();
    }
  }
  const [light, dark] = ["rgb(251, 250, 247)", "rgb(20, 23, 26)"];
  assert.deepEqual(seen, { "light null": light, "light light": light, "light dark": dark, "dark null": dark, "dark light": light, "dark dark": dark });
});
