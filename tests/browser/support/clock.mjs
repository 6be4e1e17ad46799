// A clock that stands still, for the program's `KINDRED_CLOCK`.

import { createServer } from "node:http";

/** The moment at which all servers and commands of these tests live: after the sample's last day. */
export const NOW = "2026-04-01T08:00:00Z";

/** @returns {Promise<{address: string, close: () => void}>} */
export async function startClock() {
  const clock = createServer((_, answer) => { answer.end(NOW); });
  await new Promise((done) => { clock.listen(0, "127.0.0.1", done); });
  return {
    address: `http://127.0.0.1:${clock.address().port}/clock`,
    close() { clock.closeAllConnections(); clock.close(); },
  };
}
