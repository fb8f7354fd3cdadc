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
import { createInspectionFeed } from "mooring";
import { startTestBench } from "mooring/testing";
import { expect, it, onTestFinished } from "vitest";
import { createActor, createMachine, fromPromise, setup } from "xstate";
import {
  credentialsMachine,
  livenessMachine,
  partitionMachine,
  registrationMachine,
  supervisorMachine,
} from "../../machines/index.js";
import { echo } from "../support/connectors.js";
import { shapeOf } from "../support/machine-shape.js";
import { untilStatus } from "../support/until.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
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
const { version } = JSON.parse(
  readFileSync(join(root, "node_modules/@statelyai/inspect/package.json"), "utf8"),
) as { version: string };

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
    runtime: { inspect: adapter as never },
  });
  onTestFinished(() => bench[Symbol.asyncDispose]());
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

it.each([credentialsMachine, livenessMachine].map((machine) => [machine.id, machine] as const))(
  "tells the definition of %s as it runs",
  (_, machine) => {
    const told: string[] = [];
    const feed = createInspectionFeed({
      sink: (message) => message.type === "@xstate.actor" && told.push(message.definition ?? ""),
    });
    const input = { intervalMs: 1, suspectMs: 1, remainingMs: 1 } as never;
    const actor = createActor(machine as never, { input, inspect: feed.observer() });
    actor.subscribe({ error: () => {} });
    expect(shapeOf(createMachine(JSON.parse(told[0] ?? "")), "without parameters")).toEqual(
      shapeOf(machine, "without parameters"),
    );
  },
);

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

const sample = setup({ actors: { work: fromPromise(async () => 1) } }).createMachine({
  id: "sample",
  initial: "idle",
  states: { idle: { on: { go: "busy" } }, busy: { invoke: { src: "work", id: "work" } } },
});

it("is taken by the package's receiver in a window, each message", () => {
  const { window, said, post } = openedWindow();
  const received: StatelyInspectionEvent[] = [];
  createBrowserReceiver({ window }).subscribe((message) => void received.push(message));
  expect(said).toEqual([{ type: "@statelyai.connected" }]);
  const feed = createInspectionFeed();
  const actor = createActor(sample, { inspect: feed.observer() }).start();
  actor.send({ type: "go" });
  const sent = feed.replay();
  for (const message of sent) post(structuredClone(message));
  // What it does not take, it passes over: here, something without a version.
  post({ type: "@xstate.event" });
  expect(received).toEqual(sent);
  actor.stop();
});

const kindOf = (value: unknown): string => (value === null ? "null" : typeof value);
const fieldsOf = (message: object): Record<string, string> =>
  Object.fromEntries(Object.entries(message).map(([name, value]) => [name, kindOf(value)]));

it("has the fields that the package's own messages have, of the same kinds", async () => {
  const own: StatelyInspectionEvent[] = [];
  const inspector = createInspector({ send: (message) => void own.push(message) });
  const ours: object[] = [];
  const feed = createInspectionFeed({ sink: (message) => void ours.push(message) });
  const observe = feed.observer();
  const inspect = (event: Parameters<typeof observe>[0]) => {
    inspector.inspect.next?.(event);
    observe(event);
  };
  const actor = createActor(sample, { inspect }).start();
  actor.send({ type: "go" });
  // The package tells a turn later.
  await expect.poll(() => JSON.stringify(own)).toContain('"xstate.done.actor.work"');
  await expect.poll(() => own.length - ours.length).toBe(0);
  for (const [place, theirs] of own.entries()) {
    const mine = fieldsOf(ours[place] ?? {});
    // Of actors that are no machines the package makes up a definition.
    const expected: Record<string, unknown> = { ...fieldsOf(theirs) };
    if (isActor(theirs) && mine.machine === "undefined") expected.definition = "undefined";
    // A machine's name beside it, and its transitions, are ours.
    expect(mine).toMatchObject(expected);
    expect(ours[place]).toMatchObject({ type: theirs.type, _version: version });
  }
  actor.stop();
});

it("XState's names of what is inspected stand in one file", () => {
  const folders = ["src", "inspector", "machines"];
  const sources = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
  );
  const naming = sources.filter((path) => readFileSync(join(root, path), "utf8").includes("@xstate."));
  expect(naming).toEqual(["src/xstate-inspection.ts"]);
});
