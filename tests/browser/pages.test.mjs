// Every page, with JavaScript off and on: what is there, and that it asks nothing of others.

import assert from "node:assert/strict";
import { test } from "node:test";

import { useDesk } from "./support/desk.mjs";
import { makeAll, PAGES, STATUS_LINES } from "./support/pages.mjs";

const desk = useDesk({ prepare: makeAll });

/** Landmarks, headings and names of a page. */
function survey() {
  const count = (selector) => document.querySelectorAll(selector).length;
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  const unnamed = [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
    .filter((field) => !field.labels.length && !field.getAttribute("aria-label") && !field.getAttribute("aria-labelledby"));
  return {
    lang: document.documentElement.lang, headings: count("h1"), main: count("main#main"), top: count("body > header"), nav: count("header nav[aria-label]"),
    footer: count("body > footer"), skip: count("body > a.skip:first-child[href='#main']"), live: count("[role=status]"),
    words: document.querySelector("main").innerText.trim().length,
    repeated: ids.filter((id, place) => ids.indexOf(id) !== place),
    scripts: count("script:not([src]), style"),
    unnamed: unnamed.map((field) => field.outerHTML.slice(0, 120)),
    unsigned: [...document.querySelectorAll("form[method=post]")].filter((form) => !form.querySelector("input[name=token]")).map((form) => form.action),
  };
}

for (const javaScriptEnabled of [false, true]) {
  test(`pages with JavaScript ${javaScriptEnabled ? "on" : "off"}`, async (t) => {
    for (const it of PAGES) {
      await t.test(it.name, async (t) => {
        const page = await desk.page(t, { javaScriptEnabled, tolerates: it.status && STATUS_LINES });
        const answer = await page.goto(it.path);
        assert.equal(answer.status(), it.status ?? 200);
        assert.match(answer.headers()["content-security-policy"], /default-src 'none'; script-src 'self'; style-src 'self'/);
        assert.match(await page.title(), /. – Kindred$/);
        assert.match(await page.title(), it.title);
        assert.match((await page.locator("h1").textContent()).trim(), it.heading);
        assert.equal((await answer.text()).match(/<[^>]*\s(?:style|on[a-z]+)\s*=[^>]*>/i), null, "inline code");
        const found = await page.evaluate(survey);
        const frame = it.isBare ? 0 : 1;
        assert.deepEqual(
          { ...found, words: found.words > 40, live: found.live >= frame, nav: found.nav >= frame },
          { lang: "en", headings: 1, main: 1, top: 1, nav: true, footer: frame, skip: frame, live: true, words: true,
            repeated: [], scripts: 0, unnamed: [], unsigned: [] },
        );
        for (const selector of it.shows) await page.locator("main").locator(selector).first().waitFor();
      });
    }
  });
}

test("links of the pages lead to pages", async (t) => {
  const { context } = await desk.context(t);
  const page = await context.newPage();
  const targets = new Map();
  for (const it of PAGES) {
    const from = await desk.browser.newContext({ baseURL: desk.origin, javaScriptEnabled: false });
    const reader = await from.newPage();
    await reader.goto(it.path);
    for (const href of await reader.locator("a[href]").evaluateAll((links) => links.map((link) => link.href))) {
      const url = new URL(href);
      if (url.origin !== desk.origin) {
        assert.match(url.href, /^https:\/\/(arxiv\.org|doi\.org|www\.biorxiv\.org|www\.medrxiv\.org)\//, `${it.name} links to ${href}`);
        continue;
      }
      // One link of a kind: those of cards differ in the paper alone.
      const kind = url.pathname.replace(/\d[\w.:-]*/g, "N") + [...url.searchParams.keys()].join("&");
      if (!targets.has(kind) && !PAGES.some((one) => one.status && one.path === url.pathname + url.search)) targets.set(kind, [url.pathname + url.search, it.name]);
    }
    await from.close();
  }
  assert.ok(targets.size >= 12, `only ${targets.size} kinds of links`);
  const broken = [];
  for (const [target, name] of targets.values()) {
    const answer = await page.request.get(target);
    if (answer.status() >= 400) broken.push(`${name}: ${target} is ${answer.status()}`);
  }
  t.diagnostic(`${targets.size} kinds of links`);
  assert.deepEqual(broken, []);
});
