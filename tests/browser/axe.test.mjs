// Accessibility rules of axe on every page, in both themes, wide and narrow.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import { useDesk } from "./support/desk.mjs";
import { settle, theme } from "./support/look.mjs";
import { makeAll, PAGES, STATUS_LINES } from "./support/pages.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** All rules but those that are no rules yet. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The rules that depend on the theme. */
const COLORS = { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };

/** Pages on which a theme that the reader chose is looked at too; its colours are those of the system's, which the tests of the tokens hold. */
const CHOSEN = 5;

const desk = useDesk({ prepare: makeAll });

for (const width of [1280, 390]) {
  test(`axe finds nothing at a width of ${width}`, async (t) => {
    let passed = new Set();
    for (const it of PAGES) {
      await t.test(it.name, async (t) => {
        const page = await desk.page(t, { viewport: { width, height: 900 }, tolerates: it.status && STATUS_LINES });
        await page.goto(it.path);
        await settle(page);
        await page.evaluate(axe);
        // What does not depend on colours is looked at once.
        for (const [scheme, chosen, options] of [
          ["light", null, { runOnly: { type: "tag", values: RULES }, rules: { "target-size": { enabled: true } } }],
          ["dark", null, COLORS], ["light", "dark", COLORS], ["dark", "light", COLORS],
        ].slice(0, width > 600 && PAGES.indexOf(it) < CHOSEN ? 4 : 2)) {
          await theme(page, scheme, chosen);
          const found = await page.evaluate((asked) => window.axe.run(document, { ...asked, resultTypes: ["violations"] }), options);
          const faults = found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
          assert.deepEqual(faults, [], `system ${scheme}, chosen ${chosen}`);
          passed = new Set([...passed, ...found.passes.map((rule) => rule.id)]);
        }
      });
    }
    t.diagnostic(`${passed.size} rules had something to check on ${PAGES.length} pages`);
    assert.ok(passed.size >= 30, `only ${passed.size} rules were of use: ${[...passed]}`);
  });
}
