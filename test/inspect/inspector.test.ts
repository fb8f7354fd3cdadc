import type { StatelyInspectionEvent } from "@statelyai/inspect";
import { createInspectionFeed, createRuntime, startInspectorServer } from "mooring";
import { startTestBench } from "mooring/testing";
import { afterEach, describe, expect, expectTypeOf, it } from "vitest";
import { assign, createActor, fromPromise, setup } from "xstate";
import type { InspectionMessage } from "../../src/inspect/inspection-messages.js";
import { redact } from "../../src/inspect/redact.js";
import { echo } from "../support/connectors.js";

const ends: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const machine = setup({
  types: {
    context: {} as { attempt: number; token: string },
    events: {} as { type: "go"; code: string; secret: string },
  },
  actors: { work: fromPromise(async () => "planted-result") },
}).createMachine({
  id: "sample",
  context: { attempt: 0, token: "planted-context" },
  initial: "idle",
  states: {
    idle: { on: { go: { target: "busy", actions: assign({ attempt: 1 }) } } },
    busy: { invoke: { src: "work", input: "planted-input" } },
  },
});

it("an inspector of a runtime without inspection says what is missing", async () => {
  const runtime = createRuntime({ env: {} });
  ends.push(() => runtime.close());
  await expect(
    startInspectorServer({ feed: runtime.inspection, status: () => runtime.status() }),
  ).rejects.toMatchObject({ code: "INVALID_CONFIG", message: expect.stringContaining("inspect: true") });
});

it("an inspector whose port is in use says so", async () => {
  const feed = createInspectionFeed();
  const options = { feed, status: () => ({ registrations: [] }) };
  const first = await startInspectorServer(options);
  ends.push(() => first.close());
  const port = Number(new URL(first.url).port);
  await expect(startInspectorServer({ ...options, port })).rejects.toMatchObject({
    code: "IO_ERROR",
    message: `Cannot listen at 127.0.0.1:${port}: something else listens there (EADDRINUSE). End it, or set port (--inspect-port) to another; 0 picks a free one.`,
  });
});

describe("the inspection feed", () => {
  it("tells actors, events and snapshots in order, redacted by an allow-list", () => {
    const messages: InspectionMessage[] = [];
    const feed = createInspectionFeed({ sink: (message) => messages.push(message), now: () => 7 });
    const actor = createActor(machine, { inspect: feed.observer() }).start();
    actor.send({ type: "go", code: "UNAVAILABLE", secret: "planted-event" });
    const own = messages.filter(
      (message) => message.sessionId.endsWith(":0") || message.sessionId === messages[0]?.sessionId,
    );
    expect(own.map((message) => message.type).slice(0, 3)).toEqual([
      "@xstate.actor",
      "@xstate.event",
      "@xstate.snapshot",
    ]);
    const went = messages.find((message) => message.type === "@xstate.event" && message.event.type === "go");
    expect(went).toMatchObject({
      createdAt: "7",
      event: { type: "go", code: "UNAVAILABLE", secret: "[redacted]" },
    });
    const last = messages.findLast(
      (message) => message.type === "@xstate.snapshot" && message.snapshot.value === "busy",
    );
    expect(last).toMatchObject({
      snapshot: { status: "active", context: { attempt: 1, token: "[redacted]" } },
    });
    expect(JSON.stringify(messages)).not.toContain("planted");
    actor.stop();
  });

  it("gives a late viewer every live actor with its present state", () => {
    const feed = createInspectionFeed();
    const actor = createActor(machine, { inspect: feed.observer() }).start();
    actor.send({ type: "go", code: "x", secret: "y" });
    const [first] = feed.replay();
    expect(first).toMatchObject({ type: "@xstate.actor", name: "supervisor", snapshot: { value: "busy" } });
    actor.stop();
  });

  it("speaks in the shape of Stately's inspector", () => {
    expectTypeOf<InspectionMessage["type"]>().toEqualTypeOf<StatelyInspectionEvent["type"]>();
    expectTypeOf<
      Extract<InspectionMessage, { type: "@xstate.actor" }>["sessionId"]
    >().toEqualTypeOf<string>();
    const sent: InspectionMessage[] = [];
    const feed = createInspectionFeed({ sink: { send: (message) => void sent.push(message) } });
    createActor(machine, { inspect: feed.observer() }).start().stop();
    expect(sent[0]).toMatchObject({
      type: "@xstate.actor",
      id: null,
      definition: expect.stringContaining('"id":"sample"'),
    });
  });

  it("lets nothing through that nobody has thought about", () => {
    expect(
      redact({
        key: "a.b.c",
        unknown: "x",
        failure: { kind: "transient", cause: "tls", message: "secret" },
        attempt: 2,
        list: ["x"],
      }),
    ).toEqual({
      key: "a.b.c",
      unknown: "[redacted]",
      failure: { kind: "transient", cause: "tls", message: "[redacted]" },
      attempt: 2,
      list: "[redacted]",
    });
  });
});

describe("the inspector's server", () => {
  async function served() {
    const bench = await startTestBench({
      registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
      runtime: { inspect: true },
    });
    ends.push(async () => bench[Symbol.asyncDispose]());
    const feed = bench.runtime.inspection;
    if (!feed) throw new Error("No feed.");
    const server = await startInspectorServer({ feed, status: () => bench.runtime.status() });
    ends.push(() => server.close());
    return {
      server,
      bench,
      base: new URL(server.url).origin,
      token: new URL(server.url).searchParams.get("token"),
    };
  }

  it("serves the page and status to who has the token, and nobody else", async () => {
    const { server, base, token } = await served();
    const page = await fetch(server.url);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("set-cookie")).toContain("HttpOnly; SameSite=Strict");
    for (const file of ["page.js", "page.css", "charts.json"]) {
      expect((await fetch(`${base}/${file}?token=${token}`)).status).toBe(200);
    }
    expect(await (await fetch(`${base}/status?token=${token}`)).json()).toMatchObject({
      registrations: [{ key: "t.echo_test.one", child: "serving" }],
    });
    expect((await fetch(`${base}/status`)).status).toBe(403);
    expect((await fetch(`${base}/status?token=${"0".repeat(32)}`)).status).toBe(403);
    expect((await fetch(`${base}/nothing?token=${token}`)).status).toBe(404);
  });

  it("refuses another host name, so that no foreign page can reach it", async () => {
    const { request } = await import("node:http");
    const { server } = await served();
    const url = new URL(server.url);
    const status = await new Promise((resolve) => {
      request(
        {
          host: "127.0.0.1",
          port: url.port,
          path: `/status${url.search}`,
          headers: { host: "evil.example" },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      ).end();
    });
    expect(status).toBe(403);
  });

  it("streams the state of every actor, live", async () => {
    const { base, token, bench } = await served();
    const abort = new AbortController();
    ends.push(() => abort.abort());
    const response = await fetch(`${base}/events?token=${token}`, { signal: abort.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (wanted: string) => {
      while (!text.includes(wanted)) text += (await reader?.read())?.value ?? "";
    };
    await until('"serving"');
    expect(text).toContain("t.echo_test.one~1");
    bench.gateway.disturb("close");
    await until("backoffDelay");
  });
});
