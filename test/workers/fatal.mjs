/** A tool connector that ends its thread as asked, and a healthy one beside it. */
import { writeSync } from "node:fs";
import { defineTool, jsonSchema, requestResponseConnector, toolConnector } from "mooring";

const ways = {
  exit: () => process.exit(3),
  reject: () => {
    void Promise.reject(new Error("late"));
    return 1;
  },
  "reject later": () =>
    new Promise(() => {
      setImmediate(() => Promise.reject(new Error("later")));
    }),
  throw: () =>
    new Promise(() => {
      setImmediate(() => {
        throw new Error("nobody catches this");
      });
    }),
  "exit later": () => new Promise(() => setImmediate(() => process.exit(4))),
  hang: () => {
    process.stderr.write("hanging\n");
    return new Promise(() => {});
  },
  compute: () => {
    writeSync(2, "computing\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  wait: () => new Promise((resolve) => setTimeout(() => resolve("waited"), 50)),
  fine: () => "fine",
};

export const calc = toolConnector("calc", [
  defineTool({
    name: "add",
    description: "Adds, or does harm.",
    input: jsonSchema({ type: "object", properties: { how: { type: "string" } }, required: ["how"] }),
    run: ({ how }) => ways[how](),
  }),
]);

export const other = requestResponseConnector({
  type: "other",
  version: "0.0.1",
  execute: () => "healthy",
});
