/**
 * Bad input for every kind, over real sockets: each is refused in words that name what is wrong, in an answer of bounded
 * size, and the connector answers the request after it. test/mcp-bridge and test/app/backend.test.ts have what is of MCP
 * servers and of WebSockets alone.
 */
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  appConnector,
  type Connector,
  combineConnectors,
  createRuntime,
  defineTool,
  eventConnector,
  PayloadEncoding,
  type Runtime,
  requestResponseConnector,
  sinkConnector,
  sourceConnector,
  toolConnector,
} from "mooring";
import { type ExecuteOptions, type Gateway, startGateway } from "mooring/gateway";
import { mcpConnector } from "mooring/mcp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { double } from "../../mcp-bridge/rig.js";

const mib = 1024 * 1024;
/** Of the runtime; the gateway takes more, so that the connectors are what refuses. */
const maxMessageBytes = 128 * 1024;
/** Of an answer that refuses; a sink says so much of its items as fits into a message. */
const mostBytes = { refusal: 4_096, ofItems: maxMessageBytes };

const version = "1.0.0";
const add = defineTool({
  name: "add",
  description: "Adds",
  input: z.object({ a: z.number(), b: z.number() }),
  run: ({ a, b }) => ({ sum: a + b }),
});
const source = (type: string): Connector =>
  sourceConnector({
    type,
    version,
    query: z.object({ of: z.string().optional() }),
    async *fetch() {
      yield 1;
    },
  });

async function pages(): Promise<string> {
  const outside = await mkdtemp(join(tmpdir(), "mooring-bad-input-"));
  const folder = join(outside, "dist");
  await mkdir(folder);
  await writeFile(join(outside, "secret.txt"), "planted-secret-of-a-file");
  await writeFile(join(folder, ".env"), "planted-secret-of-a-file");
  await writeFile(join(folder, "index.html"), "<p>home");
  await symlink(join(outside, "secret.txt"), join(folder, "out.txt"));
  return folder;
}

type Kind = "tool" | "request" | "source" | "sink" | "events" | "app" | "combined" | "mcp";

const kindsOf = (folder: string): Readonly<Record<Exclude<Kind, "mcp">, Connector>> => ({
  tool: toolConnector("tool", [add]),
  request: requestResponseConnector({
    type: "request",
    version,
    execute: (request) => request.json(),
    batch: {},
    capabilities: [{ taskTypeId: "echo", name: "echo", description: "Echoes" }],
  }),
  source: source("source"),
  sink: sinkConnector({ type: "sink", version, item: z.object({ id: z.string() }), write() {} }),
  events: eventConnector({ type: "events", version }),
  app: appConnector({
    name: "app",
    type: "app",
    static: folder,
    fetch: (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== "/to") return undefined;
      return new Response("", { headers: { "x-place": searchParams.get("place") ?? "" } });
    },
  }),
  combined: combineConnectors({
    type: "combined",
    version,
    connectors: [toolConnector("tools", [add]), source("rows")],
  }),
});

/** What each kind answers, before and after everything bad. */
const good: Readonly<Record<Kind, ExecuteOptions>> = {
  tool: { capabilityId: "add", payload: { parameters: { a: 1, b: 2 } } },
  request: { capabilityId: "echo", payload: { a: 1 } },
  source: { payload: { query: {}, limit: 1 } },
  sink: { payload: [{ id: "1" }] },
  events: { capabilityId: "topics", payload: {} },
  app: { payload: { path: "/" } },
  combined: { payload: { query: {}, limit: 1 } },
  mcp: { capabilityId: "say", payload: { parameters: { words: "hello" } } },
};
const kinds = Object.keys(good) as readonly Kind[];

let gateway: Gateway;
let runtime: Runtime;
const open: (() => Promise<unknown>)[] = [];
const keyOf = (kind: Kind) => `acme.${kind}.one`;

beforeAll(async () => {
  gateway = await startGateway({ approval: "automatic", maxMessageBytes: 8 * mib });
  open.push(() => gateway.close());
  const mcp = await mcpConnector({ command: process.execPath, args: [double], type: "mcp" });
  open.push(() => mcp.close());
  runtime = createRuntime({ url: gateway.url, maxMessageBytes });
  open.push(() => runtime.close());
  const connectors = Object.values({ ...kindsOf(await pages()), mcp });
  for (const connector of connectors) runtime.add({ tenantId: "acme", instanceId: "one", connector });
  await runtime.start();
});
afterAll(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const ask = (kind: Kind, options: ExecuteOptions) => gateway.execute(keyOf(kind), options);

/** The words by which it was refused; undefined for what was taken. */
function refusal(value: unknown): string | undefined {
  const { success, error, status, body, item_errors } = value as Record<string, unknown>;
  if (typeof status === "number") return status >= 400 ? `${status} ${body}` : undefined;
  if (success !== false) return undefined;
  return typeof error === "string" ? error : JSON.stringify(item_errors);
}

async function refused(kind: Kind, options: ExecuteOptions): Promise<string> {
  const answer = await ask(kind, options);
  expect(answer.payload.length).toBeLessThan(kind === "sink" ? mostBytes.ofItems : mostBytes.refusal);
  const words = refusal(answer.json());
  if (words === undefined) throw new Error(`It was taken: ${JSON.stringify(answer.json()).slice(0, 500)}`);
  if (!answer.success) expect(answer.error).toBe(words);
  expect(refusal((await ask(kind, good[kind])).json())).toBeUndefined();
  return words;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const brokenText = new Uint8Array([0x22, 0xff, 0xfe, 0x22]);
const { RAW_BYTES, ARROW_IPC } = PayloadEncoding;

/** What is bad for all; a tool's name is given, where a kind has tools. */
const forAll: readonly (readonly [string, ExecuteOptions, RegExp])[] = [
  ["no JSON", { payload: bytes("{nope") }, /invalid JSON at position 1|cannot be read: send JSON/],
  ["nothing at all", { payload: new Uint8Array() }, /payload is empty|cannot be read: send JSON/],
  ["a text of invalid UTF-8", { payload: brokenText }, /invalid UTF-8|cannot be read: send JSON/],
  [
    "bytes of invalid UTF-8",
    { payload: brokenText, encoding: RAW_BYTES },
    /invalid UTF-8|Unsupported encoding: Encoding RawBytes .* takes Json/,
  ],
  [
    "lists in lists without end",
    { payload: bytes("[".repeat(50_000)) },
    /nested deeper than 10000 levels|cannot be read: send JSON/,
  ],
  [
    "a payload above the limit",
    { payload: "x".repeat(5 * mib) },
    /^message too large: the request of 52\d+ bytes is above maxMessageBytes \(131072\)/,
  ],
  [
    "an encoding that it does not take",
    { payload: bytes("{}"), encoding: ARROW_IPC },
    /^Unsupported encoding: Encoding ArrowIpc .* takes Json/,
  ],
  [
    "an encoding that there is not",
    { payload: bytes("{}"), encoding: 99 as never },
    /Encoding 99 .* takes Json/,
  ],
];
const toolOf = (kind: Kind): ExecuteOptions => {
  const { capabilityId } = good[kind];
  return capabilityId === undefined ? {} : { capabilityId };
};

describe.each(kinds)("the kind %s", (kind) => {
  it.each(forAll)("refuses %s", async (_what, options, words) => {
    expect(await refused(kind, { ...toolOf(kind), ...options })).toMatch(words);
  });

  it.each([
    ["unknown", "no-such-thing"],
    ["of another kind of object", "__proto__"],
    ["with line breaks", "add\r\nx-injected: 1"],
    ["without an end", "x".repeat(50_000)],
  ])("refuses a capability %s", async (_what, capabilityId) => {
    const words = await refused(kind, { ...good[kind], capabilityId });
    expect(words).toMatch(
      /there is no such tool; known|can do |has no capabilities|no part of this connector/,
    );
  });
});

describe("what has not the form of its kind", () => {
  const secrets: readonly string[] = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/..%5csecret.txt",
    "/x/../../secret.txt",
    "/out.txt",
    "/.env",
    "/%2eenv",
    "//secret.txt",
    "/index.html%00.txt",
  ];
  it.each<readonly [Kind, ExecuteOptions, RegExp]>([
    ["tool", { payload: { parameters: { a: "x" } } }, /a: .*number.*; b: .*number/],
    ["tool", { payload: { parameters: [1, 2] } }, /expected an object, got a list/],
    ["tool", { capabilityId: "", payload: {} }, /missing capability_id \(tool name\)/],
    ["mcp", { payload: { parameters: { words: 7 } } }, /words.*string/],
    ["mcp", { payload: { parameters: "hello" } }, /the arguments must be an object/],
    ["combined", { capabilityId: "add", payload: { parameters: {} } }, /a: .*number/],
    ["combined", { payload: [1] }, /no part of this connector takes the request/],
    ["request", { payload: { requests: 7 } }, /requests must be a list/],
    ["source", { payload: { query: { of: 7 } } }, /query: of: .*string/],
    ["source", { payload: { query: {}, limit: 0 } }, /limit must be a whole number from 1/],
    ["source", { payload: { query: {}, cursor: "x".repeat(5_000) } }, /cursor must have at most 4096/],
    ["source", { payload: { query: {}, cursor: "../../etc/passwd" } }, /cursor/],
    ["source", { payload: [] }, /a source takes \{ query, .*got a list/],
    ["sink", { payload: {} }, /a sink takes a list of items.*got an object/],
    ["sink", { payload: [{ id: 7 }] }, /id: .*string/],
    ["sink", { payload: new Array(10_000).fill(0) }, /expected an object, got a number/],
    ["events", { capabilityId: "publish", payload: { payload: 1 } }, /topic/],
    ["events", { capabilityId: "publish", payload: { topic: "a b\r\nc", payload: 1 } }, /topic/],
    [
      "events",
      { capabilityId: "publish", payload: { topic: "a", payload: 1, headers: { x: 1 } } },
      /headers/,
    ],
    ["events", { capabilityId: "subscribe", payload: { pattern: 7 } }, /pattern/],
    ["events", { capabilityId: "receive", payload: { subscription_id: "nobody's" } }, /subscription/],
    ["app", { payload: {} }, /^400 .*path.* must be a text/],
    ["app", { payload: { path: "/", params: { a: [] } } }, /^400 .*params.* must be an object of texts/],
    [
      "app",
      { payload: { path: "/", headers: { "x-a": "b\r\nx-c: d" } } },
      /^400 .*headers.* no header can have/,
    ],
    ["app", { payload: { path: "/", headers: { "x a": "b" } } }, /^400 .*headers.* no header can have/],
    ["app", { payload: { path: "/", method: "GET /x HTTP/1.1\r\nx-c: d" } }, /^400 .*method/],
    // The handler puts it into a header of its answer.
    ["app", { payload: { path: "/to", params: { place: "/\r\nset-cookie: a=b" } } }, /^500 .*could not make/],
    ...secrets.map((path) => ["app", { payload: { path } }, /^404 (?!.*secret)/] as const),
  ])("is refused, case %#: %s: $2", async (kind, options, words) => {
    expect(await refused(kind, { ...toolOf(kind), ...options })).toMatch(words);
  });
});

it("many bad requests at once are all refused, and nothing of them stays", async () => {
  const small = forAll.filter(([, { payload }]) => typeof payload !== "string");
  const bad = kinds.flatMap((kind) =>
    new Array(10)
      .fill(small)
      .flatMap((all: typeof small) => all.map(([, options]) => ask(kind, { ...toolOf(kind), ...options }))),
  );
  const answers = await Promise.all(bad);
  expect(answers).toHaveLength(kinds.length * 10 * small.length);
  expect(answers.map((answer) => refusal(answer.json()))).not.toContain(undefined);
  for (const kind of kinds) {
    expect(refusal((await ask(kind, good[kind])).json())).toBeUndefined();
    const { ready, counters, work } = runtime.registration(keyOf(kind)).status();
    expect({ ready, ...work }).toMatchObject({ ready: true, running: 0, queued: 0 });
    expect(counters.total_disconnects).toBe(0);
  }
  expect(gateway.stats()).toMatchObject({ streamsOpened: kinds.length, duplicateAnswers: 0 });
});
