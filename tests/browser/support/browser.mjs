// One chromium with fixed flags, and contexts that note everything that must not happen.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

/** How long an action or a wait may take, in milliseconds. */
const PATIENCE = Number(process.env.KINDRED_BROWSER_PATIENCE ?? 20_000);

/** What is set so that two runs draw the same pixels, and nothing outside can be reached. */
const FLAGS = [
  "--disable-gpu", "--force-color-profile=srgb", "--font-render-hinting=none", "--disable-lcd-text",
  "--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--no-first-run",
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
];

const path = process.env.KINDRED_CHROMIUM ?? "/usr/bin/chromium";

/** How chromium is started. */
export const launchOptions = {
  executablePath: path,
  args: process.getuid?.() === 0 ? [...FLAGS, "--no-sandbox"] : FLAGS,
  timeout: 60_000,
};

/** The browser that the runner started, else one of this process. */
export async function openBrowser() {
  const shared = process.env.KINDRED_BROWSER_ENDPOINT;
  return shared ? chromium.connect(shared) : chromium.launch(launchOptions);
}

/** Tells policy violations on the console, where they are noted. */
function tellViolations() {
  document.addEventListener("securitypolicyviolation", (event) => {
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
}

/**
 * A fresh profile.
 * @param {import("playwright-core").Browser} browser
 * @param {string} origin the only one that may be asked
 * @param {import("playwright-core").BrowserContextOptions & {tolerates?: RegExp}} [options]
 *   `tolerates`: lines of the console that the test provokes
 */
export async function openContext(browser, origin, { tolerates, ...options } = {}) {
  const context = await browser.newContext({
    baseURL: origin, viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", colorScheme: "light",
    locale: "en-GB", timezoneId: "UTC", ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const seen = { requests: [], strangers: [], told: [], tolerated: [], dialogs: [] };
  await context.addInitScript(tellViolations);
  context.on("request", (request) => {
    const url = request.url();
    seen.requests.push(url);
    if (new URL(url).origin !== origin && !url.startsWith("data:")) seen.strangers.push(url);
  });
  context.on("console", (message) => {
    // Remarks of the browser's developers' tools.
    if (message.type() === "verbose") return;
    const line = `${message.type()}: ${message.text()} (${message.location().url})`;
    (tolerates?.test(line) ? seen.tolerated : seen.told).push(line);
  });
  context.on("weberror", (error) => { seen.told.push(`uncaught: ${error.error()}`); });
  context.on("dialog", (dialog) => { seen.dialogs.push(dialog.message()); dialog.dismiss().catch(() => {}); });
  /** Fails if anything happened that must not. */
  const assertQuiet = () => {
    assert.deepEqual(seen.strangers, [], "requests left this server");
    assert.deepEqual(seen.told, [], "the console is not empty");
    assert.deepEqual(seen.dialogs, [], "a dialog opened");
  };
  return { context, seen, assertQuiet };
}
