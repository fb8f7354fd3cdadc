/** A handler that does not give way until a file is there. */
import { existsSync } from "node:fs";
import { requestResponseConnector } from "mooring";

const still = new Int32Array(new SharedArrayBuffer(4));

export const blocker = requestResponseConnector({
  type: "blocker",
  version: "1.0.0",
  timeoutMs: 600_000,
  execute: async (request) => {
    const { file, pauseFirst } = request.json();
    if (pauseFirst) await new Promise((resolve) => setImmediate(resolve));
    while (file && !existsSync(file)) Atomics.wait(still, 0, 0, 10);
    return "done";
  },
});
