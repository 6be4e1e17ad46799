// Contrast of the colours in tokens.css, for all pairs that stand on each other (WCAG 2.2, 1.4.3
// and 1.4.11).

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const assets = new URL("../../crates/kindred-web/assets/", import.meta.url);
const tokens = readFileSync(new URL("tokens.css", assets), "utf8");

const TEXT = 4.5;
const LINE = 3;

/** Text, and what it stands on. */
const TEXTS = {
  ink: ["ground", "surface", "sunken", "accent-ground", "warn-ground", "like-ground", "dislike-ground"],
  quiet: ["ground", "surface", "sunken", "accent-ground", "warn-ground"],
  accent: ["ground", "surface", "sunken", "accent-ground", "warn-ground"],
  "on-accent": ["accent"],
  like: ["ground", "surface", "sunken", "like-ground"],
  dislike: ["ground", "surface", "sunken", "dislike-ground"],
  warn: ["ground", "surface", "warn-ground"],
};
/** Lines and areas that carry a meaning, and what they stand on. */
const LINES = {
  edge: ["ground", "surface", "sunken", "accent-ground", "warn-ground"],
  focus: ["ground", "surface", "sunken", "accent-ground", "warn-ground", "like-ground", "dislike-ground"],
  accent: ["ground", "surface", "line"],
  like: ["ground", "surface"],
  dislike: ["ground", "surface"],
  warn: ["ground", "warn-ground"],
};
/** What only adorns. */
const ORNAMENTS = ["line"];

/** Colours of the block that a selector opens, by name. */
function colorsOf(selector) {
  const start = tokens.indexOf(`${selector} {`);
  assert.ok(start >= 0, `tokens.css has no block ${selector}`);
  const block = tokens.slice(start, tokens.indexOf("}", start));
  return Object.fromEntries([...block.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, color]) => [name, color]));
}

function luminance(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const light = colorsOf(":root");
const dark = colorsOf(':root[data-theme="dark"]');

test("the formula gives the contrasts that WCAG states", () => {
  assert.equal(contrast("#000000", "#ffffff"), 21);
  assert.ok(Math.abs(contrast("#777777", "#ffffff") - 4.478) < 0.001);
});

test("the system's dark theme is the one that can be chosen", () => {
  assert.deepEqual(colorsOf(':root:not([data-theme="light"])'), dark);
  assert.deepEqual(Object.keys(dark), Object.keys(light));
});

for (const [theme, colors] of [["light", light], ["dark", dark]]) {
  for (const [kind, pairs, least] of [["text", TEXTS, TEXT], ["lines", LINES, LINE]]) {
    test(`${theme}: ${kind} stand out by ${least} to 1`, (t) => {
      const all = Object.entries(pairs).flatMap(([front, grounds]) => grounds.map((ground) => [front, ground]));
      const found = all.map(([front, ground]) => [`${front} on ${ground}`, contrast(colors[front], colors[ground])]);
      const [name, worst] = found.reduce((a, b) => (b[1] < a[1] ? b : a));
      t.diagnostic(`${found.length} pairs, the least ${worst.toFixed(2)} (${name})`);
      const faint = found.filter(([, ratio]) => !(ratio >= least)).map(([pair, ratio]) => `${pair}: ${ratio.toFixed(2)}`);
      assert.deepEqual(faint, []);
    });
  }
}

test("every colour is in a pair, and no style sheet names another", () => {
  const paired = [TEXTS, LINES].flatMap((pairs) => Object.entries(pairs)).flatMap(([front, grounds]) => [front, ...grounds]);
  const forgotten = Object.keys(light).filter((name) => !paired.includes(name) && !ORNAMENTS.includes(name));
  assert.deepEqual(forgotten, []);
  const sheets = readdirSync(assets, { recursive: true }).filter((name) => name.endsWith(".css") && name !== "tokens.css");
  assert.ok(sheets.includes("page.css"));
  for (const sheet of sheets) {
    // Paper is white and ink is black, whatever the theme.
    const screen = readFileSync(new URL(sheet, assets), "utf8").split("@media print")[0];
    const named = screen.match(/#[0-9a-f]{3,8}\b(?=\s*[;,)}])|\b(?:rgb|hsl)a?\(|:\s*(?:white|black|red|green|blue|gr[ae]y)\b/gi);
    assert.equal(named, null, `${sheet} names colours of its own: ${named}`);
  }
});
