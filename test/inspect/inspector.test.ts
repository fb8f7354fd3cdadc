import { request } from "node:http";
import type { StatelyInspectionEvent } from "@statelyai/inspect";
import { createRuntime, type FeedMessage, type InspectionMessage, startInspectorServer } from "mooring";
import { startTestBench } from "mooring/testing";
import { afterEach, describe, expect, expectTypeOf, it, onTestFinished } from "vitest";
import { redact } from "../../src/inspect/redact.js";
import { echo } from "../support/connectors.js";
import { neverMs } from "../support/never.js";
import { quietFeed } from "../support/quiet-feed.js";

const ends: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it("an inspector of a runtime without inspection says what is missing", async () => {
  const runtime = createRuntime({ env: {} });
  ends.push(() => runtime.close());
  await expect(
    startInspectorServer({ feed: runtime.inspection, status: () => runtime.status() }),
  ).rejects.toMatchObject({ code: "INVALID_CONFIG", message: expect.stringContaining("inspect: true") });
});

it("an inspector whose port is in use says so", async () => {
  const options = { feed: quietFeed(), status: () => ({ registrations: [] }) };
  const first = await startInspectorServer(options);
  ends.push(() => first.close());
  const port = Number(new URL(first.url).port);
  await expect(startInspectorServer({ ...options, port })).rejects.toMatchObject({
    code: "IO_ERROR",
    message: `Cannot listen at 127.0.0.1:${port}: something else listens there (EADDRINUSE). End it, or set port (--inspect-port) to another; 0 picks a free one.`,
  });
});

it("nothing passes through redaction that nobody has thought about", () => {
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

describe("messages for Stately's inspector", () => {
  const one = { tenantId: "t", instanceId: "one", connector: echo };

  it("tell of each actor, event and snapshot in order, also where nothing is recorded", async () => {
    const messages: InspectionMessage[] = [];
    const bench = await startTestBench({
      registrations: [one],
      runtime: { inspect: { send: (message) => messages.push(message) }, recording: { maxBytes: 0 } },
    });
    onTestFinished(() => bench[Symbol.asyncDispose]());
    // What hands them on is loaded meanwhile.
    await expect.poll(() => messages.length).toBeGreaterThan(0);
    const [first] = messages;
    expect(first).toMatchObject({
      type: "@xstate.actor",
      id: null,
      name: "supervisor",
      parentId: undefined,
      definition: expect.stringContaining('"id":"supervisor"'),
    });
    const registration = messages.find(
      (message) => message.type === "@xstate.actor" && message.name === "t.echo_test.one",
    );
    expect(registration).toMatchObject({ machine: "registration", rootId: first?.sessionId });
    const own = messages.filter(({ sessionId }) => sessionId === registration?.sessionId);
    expect(own.slice(0, 3).map(({ type }) => type)).toEqual([
      "@xstate.actor",
      "@xstate.event",
      "@xstate.snapshot",
    ]);
    expect(own.at(-1)).toMatchObject({ snapshot: { status: "active", context: { key: "t.echo_test.one" } } });
  });

  it("have the shape that it takes", () => {
    expectTypeOf<InspectionMessage["type"]>().toEqualTypeOf<StatelyInspectionEvent["type"]>();
    expectTypeOf<
      Extract<InspectionMessage, { type: "@xstate.actor" }>["sessionId"]
    >().toEqualTypeOf<string>();
  });

  it("cost no registration anything when their sink throws", async () => {
    const said: string[] = [];
    const error = (_fields: object, words: string) => said.push(words);
    const bench = await startTestBench({
      registrations: [one],
      runtime: {
        inspect: () => {
          throw new Error("a fault of the sink");
        },
        logger: { debug: () => {}, info: () => {}, warn: () => {}, error },
      },
    });
    onTestFinished(() => bench[Symbol.asyncDispose]());
    expect(bench.runtime.status().registrations[0]?.child).toBe("serving");
    await expect.poll(() => said.length).toBeGreaterThan(0);
    expect(said).toEqual(["The sink of the option inspect failed; the charts go on."]);
  });
});

describe("the inspector's server", () => {
  async function served() {
    const bench = await startTestBench({
      registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
      runtime: { inspect: true, stableUptimeMs: neverMs },
    });
    ends.push(async () => bench[Symbol.asyncDispose]());
    const server = await startInspectorServer({
      feed: bench.runtime.inspection,
      status: () => bench.runtime.status(),
    });
    ends.push(() => server.close());
    const { origin: base, searchParams } = new URL(server.url);
    return { server, bench, base, token: searchParams.get("token") };
  }

  /** The messages of its feed, as they come. */
  async function* feedOf(base: string, token: string | null): AsyncGenerator<FeedMessage> {
    const abort = new AbortController();
    ends.push(() => abort.abort());
    const { body } = await fetch(`${base}/events?token=${token}`, { signal: abort.signal });
    const text = body?.pipeThrough(new TextDecoderStream());
    if (!text) throw new Error("The feed has no body.");
    let rest = "";
    for await (const piece of text) {
      const events = `${rest}${piece}`.split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) yield* JSON.parse(event.slice("data: ".length)) as FeedMessage[];
    }
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
    const { server } = await served();
    const { port, search } = new URL(server.url);
    const headers = { host: "evil.example" };
    const status = await new Promise((resolve) => {
      request({ host: "127.0.0.1", port, path: `/status${search}`, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });

  it("streams the fleet to everybody, and steps to who looks at an actor", async () => {
    const { base, token, bench } = await served();
    const feed = feedOf(base, token);
    const until = async (isWanted: (message: FeedMessage) => boolean): Promise<FeedMessage> => {
      for (;;) {
        const { value, done } = await feed.next();
        if (done) throw new Error("The feed has ended.");
        if (isWanted(value)) return value;
      }
    };
    const hello = await until(({ what }) => what === "hello");
    expect(hello).toMatchObject({ version: 1, viewer: expect.any(Number) });
    const viewer = hello.what === "hello" ? hello.viewer : 0;
    await until(
      (message) => message.what === "fleet" && (message.came?.[0]?.[1] ?? "") === "t.echo_test.one",
    );
    const look = `${base}/look?token=${token}&viewer=${viewer}&key=t.echo_test.one`;
    expect((await fetch(look, { method: "POST" })).status).toBe(204);
    const told = await until(({ what }) => what === "actor");
    expect(told).toMatchObject({ chart: "registration", name: "t.echo_test.one", state: null });
    bench.gateway.disturb("close");
    const lost = await until((message) => message.what === "step" && message.event.type === "stream.ended");
    expect(lost).toMatchObject({
      from: "gateway",
      state: { connection: { backoff: "transient" } },
      taken: expect.arrayContaining(["registration.connection.linked stream.ended 0"]),
      context: { failure: { cause: "server-closed" } },
      sent: expect.arrayContaining([{ stops: "stream" }]),
    });
  });

  it("lets nobody look who has no token, comes from elsewhere, or asks for what is not there", async () => {
    const { base, token } = await served();
    const post = async (path: string, headers = {}) => {
      const { status, ...response } = await fetch(`${base}${path}`, { method: "POST", headers });
      return [status, response] as const;
    };
    expect((await post("/look?viewer=1"))[0]).toBe(403);
    expect((await post(`/look?token=${token}&viewer=1`, { origin: "http://evil.example" }))[0]).toBe(403);
    const told = await fetch(`${base}/look?token=${token}&viewer=77`, { method: "POST" });
    expect([told.status, await told.text()]).toEqual([
      404,
      '"viewer" must be the number that the feed\'s greeting named; nobody is "77".\n',
    ]);
    const many = Array.from({ length: 65 }, (_, at) => `&key=${at}`).join("");
    expect((await post(`/look?token=${token}&viewer=1${many}`))[0]).toBe(400);
    expect((await post(`/look?token=${token}&viewer=1&actor=x`))[0]).toBe(400);
    expect((await post(`/status?token=${token}`))[0]).toBe(405);
  });
});
