// Frames, lasso and loading of the map in a headless browser. How to run it: README.md beside.
//
// node measure.mjs --playwright FOLDER --url http://127.0.0.1:4747/map [--packed FOLDER] [--chromium PATH]
//
// With --packed, the page's own map is replaced by `map.kmap` and `map.json` of that folder.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({ options: {
  playwright: { type: "string" }, url: { type: "string" }, packed: { type: "string" },
  chromium: { type: "string", default: "/usr/bin/chromium" }, seconds: { type: "string", default: "4" },
} });
const require = createRequire(join(options.playwright, "package.json"));
const { chromium } = require("playwright-core");
const browser = await chromium.launch({ executablePath: options.chromium, args: ["--no-sandbox"] });

/** Answers what the page asks for with a packed map. */
async function replaced(page, folder) {
  const json = (body) => ({ contentType: "application/json", body: JSON.stringify(body) });
  const paper = (i) => ({ i: Number(i), id: `2611.${i}`, title: `Paper ${i}`, href: "/", similar: "/" });
  await page.route("**/api/map**", (route) => {
    const url = new URL(route.request().url()), path = url.pathname.slice("/api/map".length);
    if (path === "") return route.fulfill({ contentType: "application/json", path: join(folder, "map.json") });
    if (path === "/points") return route.fulfill({ contentType: "application/octet-stream", path: join(folder, "map.kmap") });
    if (path === "/marks") return route.fulfill(json({ own: { liked: [], disliked: [] }, others: { liked: [], disliked: [] } }));
    if (path === "/papers") return route.fulfill(json({ papers: url.searchParams.get("i").split(",").map(paper) }));
    return route.fulfill(json(paper(path.split("/").pop())));
  });
  return readFileSync(join(folder, "map.kmap")).length;
}

async function measured(ratio) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: ratio });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  if (options.packed) await replaced(page, options.packed);
  const start = performance.now();
  await page.goto(options.url);
  await page.waitForSelector("#map[data-state=ready]", { timeout: 60000 });
  const load = performance.now() - start;
  await page.waitForTimeout(1500);
  const papers = await page.evaluate(() => window.kindredMap.count);
  const frame = {};
  for (const zoom of [1, 3, 10]) {
    await page.evaluate((to) => { location.hash = `#0.5,0.5,${to}`; }, zoom);
    await page.waitForTimeout(800);
    frame[zoom] = await page.evaluate(() => window.kindredMap.timeFrames(20));
  }
  await page.evaluate(() => { location.hash = "#0.5,0.5,1.5"; });
  await page.waitForTimeout(800);
  // Moved within the page: a driver outside of it sends the next move only once a frame was shown, which
  // halves what it counts.
  const shown = await page.evaluate((length) => new Promise((done) => {
    const plane = document.getElementById("plane"), { left, top, width, height } = plane.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    plane.setPointerCapture = () => {};      // of a pointer that is none
    const send = (type, right, down) => plane.dispatchEvent(new PointerEvent(type, {
      bubbles: true, clientX: x + right, clientY: y + down, pointerId: 1, buttons: 1, isPrimary: true, pointerType: "mouse",
    }));
    const { frames, center } = window.kindredMap, start = performance.now();
    send("pointerdown", 0, 0);
    let turn = 0;
    requestAnimationFrame(function move(now) {
      turn += 1;
      send("pointermove", 160 * Math.sin(turn / 23), 110 * Math.cos(turn / 31));
      if (now - start < length) { requestAnimationFrame(move); return; }
      const [seconds, found] = [(performance.now() - start) / 1000, window.kindredMap.frames - frames];
      const isMoved = center.some((value, k) => value !== window.kindredMap.center[k]);
      send("pointerup", 0, 0);
      done({ rate: found / seconds, isMoved });
    });
  }), Number(options.seconds) * 1000);
  if (!shown.isMoved) throw new Error("the pointer did not move the map");
  const lasso = await page.evaluate(() => {
    const corners = [];
    for (let k = 0; k < 200; k++) {
      const far = 0.3 + 0.05 * Math.sin(k / 3), angle = k / 200 * 2 * Math.PI;
      corners.push(0.5 + far * Math.cos(angle), 0.5 + far * Math.sin(angle));
    }
    const times = [];
    let found = 0;
    for (let n = 0; n < 9; n++) {
      const from = performance.now();
      found = window.kindredMap.countInside(corners);
      times.push(performance.now() - from);
    }
    return { found, milliseconds: times.sort((a, b) => a - b)[4] };
  });
  await context.close();
  if (errors.length) throw new Error(errors.join("; "));
  const ms = (value) => value.toFixed(1);
  console.log(`| ${papers.toLocaleString("en")} | ${ratio} | ${ms(load)} | ${ms(frame[1])} | ${ms(frame[3])} | ${ms(frame[10])} | ${ms(shown.rate)} | ${ms(lasso.milliseconds)} (${lasso.found.toLocaleString("en")}) |`);
}

console.log(`Chromium ${browser.version()}, load average ${loadavg()[0].toFixed(1)}\n`);
console.log("| papers | pixels per point | ready ms | frame ms, whole map | at 3 x | at 10 x | frames/s while panning | lasso ms (papers) |");
console.log("|---:|---:|---:|---:|---:|---:|---:|---:|");
for (const ratio of [1, 2]) await measured(ratio);
await browser.close();
