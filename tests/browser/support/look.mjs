// How a page is looked at: themes, waiting until it rests.

/**
 * Waits until a page has done what it does by itself: scripts, fonts, the map.
 * @param {import("playwright-core").Page} page
 */
export async function settle(page) {
  await page.waitForLoadState("load");
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  if (await page.locator("#map[data-version]").count()) await page.locator("#map[data-state=ready] #in-view", { hasText: /papers? in view|selected/ }).waitFor();
}

/**
 * Sets what the system and what the reader wants.
 * @param {import("playwright-core").Page} page
 * @param {"light" | "dark"} system
 * @param {"light" | "dark" | null} chosen in the settings
 */
export async function theme(page, system, chosen) {
  await page.emulateMedia({ colorScheme: system });
  await page.evaluate((name) => {
    if (name) document.documentElement.dataset.theme = name; else delete document.documentElement.dataset.theme;
  }, chosen);
}
