// Runs the tests with one sample and one browser for all files: `node run.mjs [FILE…]`.

import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { launchOptions } from "./support/browser.mjs";
import { isThere, prepareSample, program } from "./support/library.mjs";

/** Longest that all tests may take, in milliseconds. */
const LIMIT = 1_500_000;

const here = fileURLToPath(new URL(".", import.meta.url));
if (!await isThere(program)) {
  console.error(`there is no program at ${program}: cargo build -p kindred, or set KINDRED_BIN`);
  process.exit(2);
}
const work = await mkdtemp(path.join(tmpdir(), "kindred-browser-"));
process.env.KINDRED_BROWSER_WORK = work;
process.env.KINDRED_BROWSER_SAMPLE = path.join(work, "sample");
const [browser] = await Promise.all([chromium.launchServer(launchOptions), prepareSample()]);
process.env.KINDRED_BROWSER_ENDPOINT = browser.wsEndpoint();
const given = process.argv.slice(2);
const files = given.length ? given : (await readdir(here, { recursive: true })).filter((name) => name.endsWith(".test.mjs") && !name.includes("node_modules")).sort();
const started = performance.now();
const child = spawn(process.execPath, ["--test", "--test-concurrency=2", `--test-reporter=${path.join(here, "support/reporter.mjs")}`, ...files], {
  cwd: here, stdio: "inherit", timeout: LIMIT, killSignal: "SIGKILL",
});
const status = await new Promise((done) => { child.once("exit", (code, signal) => done(signal ?? code)); });
if (status !== 0 && status !== 1) console.error(`the tests ended with ${status}`);
console.log(`browser tests: ${((performance.now() - started) / 1000).toFixed(0)} s`);
await browser.close();
await rm(work, { recursive: true, force: true });
process.exitCode = status === 0 ? 0 : 1;
