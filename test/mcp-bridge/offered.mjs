// What `mooring mcp-serve` offers in tests.
import { defineTool, jsonSchema, ToolError, toolConnector } from "mooring";

const none = jsonSchema({ type: "object" });

// biome-ignore lint/suspicious/noConsole: what a module prints must not reach the client.
console.log("a module may print what it likes");

const add = defineTool({
  name: "add",
  description: "Adds",
  input: jsonSchema({
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" } },
    required: ["a", "b"],
  }),
  output: jsonSchema({ type: "object", properties: { sum: { type: "number" } }, required: ["sum"] }),
  run: ({ a, b }) => ({ sum: a + b }),
});
const say = defineTool({ name: "say", description: "Says", input: none, run: () => "words" });
const refuse = defineTool({
  name: "refuse",
  description: "Refuses",
  input: none,
  run: () => {
    throw new ToolError("TOO_LATE", "the shop is closed");
  },
});
const wait = defineTool({
  name: "wait",
  description: "Waits until it is cancelled",
  input: none,
  run: (_input, { signal, progress }) => {
    progress({ progress: 1, total: 2, message: "half" });
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        process.stderr.write("cancelled\n");
        reject(signal.reason);
      });
    });
  },
});
const slow = defineTool({
  name: "slow",
  description: "Never ends",
  input: none,
  timeoutMs: 200,
  run: () => new Promise(() => {}),
});

export default toolConnector("offered", [add, say, refuse, wait, slow], { timeoutMs: 60_000 });
