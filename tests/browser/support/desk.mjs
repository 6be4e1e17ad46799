// A library, a server over it and a browser, for one test file.

import { after, before } from "node:test";

import { openBrowser, openContext } from "./browser.mjs";
import { removeFolders, sampleLibrary } from "./library.mjs";
import { serve } from "./server.mjs";

/**
 * Sets up before the tests of a file and clears away after them.
 * @param {{make?: () => Promise<string>, prepare?: (origin: string) => Promise<void>}} [how]
 *   `make` makes the library, `prepare` does something on the server before the first test
 * @returns a desk whose fields are there once tests run
 */
export function useDesk({ make = sampleLibrary, prepare } = {}) {
  const desk = {
    origin: "", library: "", browser: /** @type {import("playwright-core").Browser} */ (null),
    /** A fresh profile that must stay quiet until the end of the test. */
    async context(t, options) {
      const opened = await openContext(desk.browser, desk.origin, options);
      t.after(async () => {
        await opened.context.close();
        opened.assertQuiet();
      });
      return opened;
    },
    /** A page in a fresh profile. */
    async page(t, options) {
      const { context } = await desk.context(t, options);
      return context.newPage();
    },
  };
  let server;
  before(async () => {
    desk.library = await make();
    server = await serve(desk.library);
    desk.origin = server.origin;
    await prepare?.(desk.origin);
    desk.browser = await openBrowser();
  });
  after(async () => {
    await desk.browser?.close();
    await server?.close();
    await removeFolders();
  });
  return desk;
}
