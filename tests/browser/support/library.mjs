// The program under test and libraries for it: the sample is made once, each server gets a copy.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { startClock } from "./clock.mjs";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
/** How long one command of the program may take, in milliseconds. */
const COMMAND = 120_000;

/** Path of the built program. */
export const program = process.env.KINDRED_BIN ?? path.join(root, "target/debug/kindred");

/** Whether something is at a path. */
export const isThere = (place) => stat(place).then(() => true, () => false);

/**
 * Runs the program to its end, at the moment of the tests.
 * @param {...string} words its arguments
 * @returns {Promise<string>} what it wrote to standard output
 */
export async function kindred(...words) {
  const clock = await startClock();
  try {
    const env = { ...process.env, KINDRED_CLOCK: clock.address };
    const { stdout } = await run(program, words, { env, timeout: COMMAND, maxBuffer: 64 << 20 });
    return stdout;
  } finally {
    clock.close();
  }
}

/** A new folder that is removed when the process ends; `KINDRED_BROWSER_WORK` says where. */
export async function folder(name) {
  const above = process.env.KINDRED_BROWSER_WORK ?? tmpdir();
  await mkdir(above, { recursive: true });
  const made = await mkdtemp(path.join(above, `${name}-`));
  madeFolders.push(made);
  return made;
}
const madeFolders = [];

/** Removes the folders that were made. */
export async function removeFolders() {
  await Promise.all(madeFolders.splice(0).map((made) => rm(made, { recursive: true, force: true })));
}

/**
 * The library of `kindred demo` with its map, made on the first call and kept where
 * `KINDRED_BROWSER_SAMPLE` says, so that several test files share it.
 */
async function sample() {
  const kept = process.env.KINDRED_BROWSER_SAMPLE;
  if (kept && await isThere(kept)) return kept;
  const made = path.join(await folder("sample"), "library");
  await kindred("demo", "--keep", made);
  await kindred("--library", made, "map", "--svg", `${made}.svg`);
  if (!kept) return made;
  await rename(made, kept).catch(async (error) => {
    if (!await isThere(kept)) throw error;
  });
  return kept;
}

/** A copy of the sample's library of one's own. */
export async function sampleLibrary() {
  const copy = path.join(await folder("library"), "library");
  await cp(await sample(), copy, { recursive: true });
  return copy;
}

/** Makes the sample's library ahead of the tests. */
export const prepareSample = sample;
