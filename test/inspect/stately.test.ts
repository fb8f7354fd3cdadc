/** The feed as messages of `@statelyai/inspect`: that package's own receivers take them, and they are as its own are. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createBrowserReceiver,
  createInspector,
  createWebSocketInspector,
  createWebSocketReceiver,
  type StatelyActorEvent,
  type StatelyInspectionEvent,
} from "@statelyai/inspect";
import type { InspectionMessage } from "mooring";
import { startTestBench } from "mooring/testing";
import { expect, it, onTestFinished } from "vitest";
import { createActor, createMachine } from "xstate";
import { partitionMachine, registrationMachine, supervisorMachine } from "../../machines/index.js";
import { shapeVersion } from "../../src/inspect/stately-messages.js";
import { echo } from "../support/connectors.js";
import { shapeOf } from "../support/machine-shape.js";
import { neverMs } from "../support/never.js";
import { untilStatus } from "../support/until.js";

const key = "t.echo_test.one";

/** Of the `ws` that the package itself uses. */
interface Socket {
  on(event: "message", listener: (data: Buffer) => void): void;
  send(text: string): void;
}
interface SocketServer {
  readonly clients: Iterable<Socket>;
  on(event: "connection", listener: (socket: Socket) => void): void;
  once(event: "listening" | "connection", listener: () => void): void;
  address(): AddressInfo;
  close(): void;
}

const ofPackage = createRequire(createRequire(import.meta.url).resolve("@statelyai/inspect"));
const { WebSocketServer } = ofPackage("ws") as {
  WebSocketServer: new (options: { host: string; port: number }) => SocketServer;
};
/** Hands what one says to all others, as the package's relay does, on loopback. */
async function relay() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server as unknown as NodeJS.EventEmitter, "listening");
  onTestFinished(() => server.close());
  server.on("connection", (socket) =>
    socket.on("message", (data) => {
      for (const other of server.clients) if (other !== socket) other.send(String(data));
    }),
  );
  const joined = () => new Promise<void>((resolve) => server.once("connection", resolve));
  return { url: `ws://127.0.0.1:${server.address().port}`, joined };
}

const isActor = (message: StatelyInspectionEvent): message is StatelyActorEvent =>
  message.type === "@xstate.actor";

it("comes through the package's own adapter to its own receiver, parents first, with the charts that run", async () => {
  const { url, joined } = await relay();
  const received: StatelyInspectionEvent[] = [];
  const listening = joined();
  createWebSocketReceiver({ server: url }).subscribe((message) => void received.push(message));
  await listening;
  const { adapter } = createWebSocketInspector({ url });
  onTestFinished(() => adapter.stop?.());
  const bench = await startTestBench({
    registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
    runtime: { inspect: adapter as never, stableUptimeMs: neverMs },
  });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  // What hands on is loaded while the runtime serves already.
  await expect.poll(() => received.length).toBeGreaterThan(0);
  bench.gateway.disturb("close");
  await untilStatus(bench.runtime, key, ({ state }) => state === "backoff");
  const isBackoff = (message: StatelyInspectionEvent) =>
    message.type === "@xstate.snapshot" && JSON.stringify(message.snapshot).includes('"backoff"');
  await expect.poll(() => received.some(isBackoff)).toBe(true);

  const known = new Set<string>();
  for (const message of received) {
    if (isActor(message)) {
      if (message.parentId !== undefined) expect(known).toContain(message.parentId);
      known.add(message.sessionId);
    }
    expect(known).toContain(message.sessionId);
    expect(known).toContain(message.rootId);
  }
  const machines = [supervisorMachine, partitionMachine, registrationMachine];
  const actors = received.filter(isActor);
  for (const machine of machines) {
    const definitions = actors.flatMap(({ definition }) =>
      definition?.startsWith(`{"id":"${machine.id}"`) ? [definition] : [],
    );
    expect(definitions.length).toBeGreaterThan(0);
    for (const definition of definitions)
      expect(shapeOf(createMachine(JSON.parse(definition)), "without parameters")).toEqual(
        shapeOf(machine, "without parameters"),
      );
  }
});

/** A window that a receiver runs in, opened by ours. */
function openedWindow() {
  const said: unknown[] = [];
  const target = new EventTarget();
  const frame = Object.assign(target, {
    opener: { postMessage: (message: unknown) => said.push(message) },
  });
  Object.assign(frame, { self: frame, top: frame });
  const post = (data: unknown) => target.dispatchEvent(new MessageEvent("message", { data }));
  return { window: frame as unknown as Window, said, post };
}

/** What a runtime tells while it loses a link and comes back. */
async function told(): Promise<readonly InspectionMessage[]> {
  const messages: InspectionMessage[] = [];
  await using bench = await startTestBench({
    registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
    runtime: { inspect: (message) => void messages.push(message) },
  });
  await expect.poll(() => messages.length).toBeGreaterThan(0);
  const gone = untilStatus(bench.runtime, key, ({ state }) => state !== "streaming");
  bench.gateway.disturb("close");
  await gone;
  return messages;
}

it("is taken by the package's receiver in a window, each message", async () => {
  const { window, said, post } = openedWindow();
  const received: StatelyInspectionEvent[] = [];
  createBrowserReceiver({ window }).subscribe((message) => void received.push(message));
  expect(said).toEqual([{ type: "@statelyai.connected" }]);
  const messages = await told();
  for (const message of messages) post(structuredClone(message));
  // What it does not take, it passes over: here, something without a version.
  post({ type: "@xstate.event" });
  expect(received).toEqual(messages);
});

/** Its own messages of each kind, by the fields that all of the kind have. */
async function ofThePackage(): Promise<readonly StatelyInspectionEvent[]> {
  const messages: StatelyInspectionEvent[] = [];
  const inspector = createInspector({ send: (message) => void messages.push(message) });
  const machine = createMachine({ id: "sample", initial: "idle", states: { idle: { on: { go: {} } } } });
  const actor = createActor(machine, { inspect: inspector.inspect }).start();
  actor.send({ type: "go" });
  // The package tells a turn later.
  await expect.poll(() => messages.length).toBe(5);
  return messages;
}

const kindOf = (value: unknown): string => (value === null ? "null" : typeof value);

it("has the fields that the package's own messages have, of the same kinds", async () => {
  const own = await ofThePackage();
  const messages = await told();
  for (const type of ["@xstate.actor", "@xstate.event", "@xstate.snapshot"] as const) {
    const example = own.find((message) => message.type === type) as StatelyInspectionEvent;
    const ours = messages.filter((message) => message.type === type);
    expect(ours.length).toBeGreaterThan(0);
    for (const message of ours) {
      const kinds = Object.keys(example).map((name) => [name, kindOf(Reflect.get(message, name))]);
      const expected = Object.entries(example).map(([name, value]) => {
        // The one actor of the example has no parent and no sender, and is a machine.
        const isOpen = ["parentId", "sourceId", "definition"].includes(name);
        return [name, isOpen ? expect.stringMatching(/^(string|undefined)$/) : kindOf(value)];
      });
      expect(kinds).toEqual(expected);
    }
  }
});

it("XState's names of what is inspected stand in one file", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const sources = ["src", "inspector", "machines"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
  );
  // Plans of charts tell a system what XState tells it, and know nothing of Mooring.
  const ours = sources.filter((path) => !path.startsWith("src/chart-plan/"));
  const naming = ours.filter((path) => readFileSync(join(root, path), "utf8").includes("@xstate."));
  expect(naming).toEqual(["src/inspect/stately-messages.ts"]);
});

it("names the version of the package whose shape its messages have", () => {
  const text = readFileSync(
    new URL("../../node_modules/@statelyai/inspect/package.json", import.meta.url),
    "utf8",
  );
  const { version } = JSON.parse(text) as { readonly version: string };
  expect(shapeVersion).toBe(version);
});
