// Takes every page, desktop and phone, light and dark: `node screenshots.mjs FOLDER [PAGE…]`.

import { mkdir } from "node:fs/promises";
import path from "node:path";

import { openBrowser, openContext } from "./support/browser.mjs";
import { removeFolders, sampleLibrary } from "./support/library.mjs";
import { settle } from "./support/look.mjs";
import { makeAll, PAGES } from "./support/pages.mjs";
import { serve } from "./support/server.mjs";

const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

const [folder, ...wanted] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node screenshots.mjs FOLDER [PAGE…]");
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const server = await serve(await sampleLibrary());
const browser = await openBrowser();
await makeAll(server.origin);
for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"]) {
    const { context } = await openContext(browser, server.origin, { viewport, colorScheme, isMobile: size === "phone", hasTouch: size === "phone" });
    const page = await context.newPage();
    for (const { name, path: place } of PAGES.filter((one) => !wanted.length || wanted.includes(one.name))) {
      await page.goto(place);
      await settle(page).catch((error) => { console.error(`${name}: ${error.message}`); });
      await page.screenshot({ path: path.join(folder, `${name}-${size}-${colorScheme}.png`) });
    }
    await context.close();
  }
}
await browser.close();
await server.close();
await removeFolders();
