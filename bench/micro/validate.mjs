// One tool call from its arguments to its result, and what the hostile ones cost: how long they keep the loop.
import { defineTool, jsonSchema, toolConnector } from "mooring";
import { z } from "zod";
import { report, time } from "./time.mjs";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const { signal } = new AbortController();
const context = { requestId: "r", context: {}, signal, draining: signal, logger: silent };

/** A call of a tool with that input; a refusal is as good as a result. */
function caller(input, parameters) {
  const tool = defineTool({ name: "t", description: "d", input, run: (given) => given });
  const connector = toolConnector("c", [tool]);
  const envelope = { tool: "t", parameters };
  const request = {
    requestId: "r",
    capabilityId: "t",
    encoding: 1,
    bytes: new Uint8Array(),
    json: () => envelope,
  };
  return () => {
    try {
      return connector.execute(request, context);
    } catch (error) {
      return error;
    }
  };
}

const document = {
  type: "object",
  properties: { a: { type: "number" }, b: { type: "string", maxLength: 64 } },
  required: ["a"],
  additionalProperties: false,
};
const zod = z.strictObject({ a: z.number(), b: z.string().max(64).optional() });
const small = { a: 1, b: "x".repeat(32) };
const numbers = { type: "object", properties: { xs: { type: "array", items: { type: "number" } } } };
const zodNumbers = z.object({ xs: z.array(z.number()) });
const wrong = (count) => ({ xs: Array.from({ length: count }, () => "x") });
const backtracking = { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } };

const linear = { type: "object", properties: { a: { type: "string", pattern: "^[a-z]+$" } } };
const tree = { type: "object", properties: { a: { $ref: "#" } } };

/** Once: the second call of such a kind costs the same. */
function once(what, work) {
  const begun = performance.now();
  work();
  return { what, ns: (performance.now() - begun) * 1e6, spread: 0 };
}

report([
  time("a small call, JSON Schema", caller(jsonSchema(document), small)),
  time("a small call, Zod", caller(zod, small)),
  time("a small call, watched for its pattern", caller(jsonSchema(backtracking), { a: "aaa" })),
  time("a small call with a pattern, unwatched", caller(jsonSchema(linear), { a: "aaa" })),
  time("a small call, watched for its circle", caller(jsonSchema(tree), { a: {} })),
  time("a small call of Zod's email, watched", caller(z.object({ a: z.email() }), { a: "a@b.example" })),
  once("1,500,000 wrong items, JSON Schema", caller(jsonSchema(numbers), wrong(1_500_000))),
  once("1,500,000 wrong items, Zod", caller(zodNumbers, wrong(1_500_000))),
  once("400,000 wrong items, JSON Schema", caller(jsonSchema(numbers), wrong(400_000))),
  once("400,000 wrong items, Zod", caller(zodNumbers, wrong(400_000))),
  once("a pattern that backtracks for ever", caller(jsonSchema(backtracking), { a: `${"a".repeat(60)}!` })),
]);
