// What a registration of the benchmark serves, by BENCH_WORK.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { appConnector, defineTool, jsonSchema, requestResponseConnector, toolConnector } from "mooring";

const answering = (execute) => requestResponseConnector({ type: "echo", version: "1.0.0", execute });

/** The text of the request, parsed and written so many times over. */
const computing = (times) =>
  answering((request) => {
    let value = request.json();
    for (let i = 0; i < times; i += 1) value = JSON.parse(JSON.stringify(value));
    return value;
  });

let running = 0;

/** As long as `ms` says of how many run. */
const taking = (ms) =>
  answering(async () => {
    running += 1;
    await wait(ms(running));
    running -= 1;
    return {};
  });

const tool = (input) =>
  toolConnector("echo", [defineTool({ name: "echo", description: "Echoes", input, run: (given) => given })]);

/** A page of so many bytes, in a folder that goes with the process. */
function page(bytes) {
  const folder = mkdtempSync(join(tmpdir(), "bench-page-"));
  writeFileSync(join(folder, "page.html"), "x".repeat(bytes));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return appConnector({ type: "echo", name: "Page", static: folder });
}

const works = {
  echo: () => answering((request) => request.json()),
  computing: () => computing(100),
  degrading: () => taking((others) => 20 * Math.max(1, others / 8) ** 2),
  waiting: () => taking(() => 10),
  tool: () =>
    tool(jsonSchema({ type: "object", properties: { text: { type: "string" } }, required: ["text"] })),
  zodTool: async () => {
    // Takes as long to load as Mooring, and no other work uses it.
    const { z } = await import("zod");
    return tool(z.object({ text: z.string() }));
  },
  page: () => page(64 * 1024),
  relay: () => appConnector({ type: "echo", name: "Relay", webSocket: process.env.BENCH_BACKEND_URL }),
};

export const work = await works[process.env.BENCH_WORK ?? "echo"]();
