// `kindred serve` on a port of its own, at a fixed moment.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { startClock } from "./clock.mjs";
import { program } from "./library.mjs";

/** How long a server may take to listen, in milliseconds. */
const START = 60_000;
/** How often it is asked until it has loaded what it needs. */
const LOADS = 30;

/**
 * Serves a library.
 * @param {string} library its folder
 * @returns {Promise<{origin: string, close: () => Promise<void>}>}
 */
export async function serve(library) {
  const clock = await startClock();
  const child = spawn(program, ["--library", library, "serve", "--port", "0"], {
    env: { ...process.env, KINDRED_CLOCK: clock.address }, stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => { errors += text; });
  const ended = new Promise((done) => { child.once("exit", done); });
  const origin = await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`the server said no address in ${START} ms:\n${errors}`)), START);
    createInterface({ input: child.stdout }).once("line", (line) => { clearTimeout(timer); done(new URL(line).origin); });
    child.once("error", fail);
    ended.then((status) => fail(new Error(`the server ended with ${status}:\n${errors}`)));
  }).catch((error) => { child.kill("SIGKILL"); clock.close(); throw error; });
  // What is loaded at the first question takes longer than an answer may, on a busy machine.
  for (let turn = 0; turn < LOADS; turn += 1) {
    const answer = await fetch(`${origin}/?q=planet`);
    await answer.text();
    if (answer.status !== 503) break;
  }
  return {
    origin,
    async close() {
      child.kill("SIGINT");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(timer);
      clock.close();
    },
  };
}
