/** Sources, sinks, events and invocations by the HTTP API. */
import { request } from "node:http";
import {
  createRuntime,
  eventConnector,
  requestResponseConnector,
  sinkConnector,
  sourceConnector,
} from "mooring";
import { type GatewayOptions, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { call } from "./rig.js";

const version = "1.0.0";
const events = () => eventConnector({ type: "events", version });

async function rig(options: GatewayOptions = {}) {
  const gateway = await startGateway({ approval: "automatic", ...options });
  onTestFinished(() => gateway.close());
  const runtime = createRuntime({ url: gateway.url });
  onTestFinished(async () => void (await runtime.close()));
  const written: unknown[] = [];
  const broker = events();
  const asker = requestResponseConnector({
    type: "asker",
    version,
    execute: (request, context) => {
      const { ask, spoof } = request.json() as { readonly ask?: string; readonly spoof?: string };
      if (ask !== undefined)
        return context.invoke(ask, undefined, {}, { context: { tenant_id: spoof ?? "", note: "mine" } });
      const { tenantId, subject } = context;
      return { tenantId, subject, depth: context.context["x-invoke-depth"], note: context.context.note };
    },
  });
  const connectors = [
    sourceConnector({
      type: "source",
      version,
      async *fetch({ cursor, query }) {
        if (query !== undefined && (query as { fail?: boolean }).fail) throw new Error("the table is gone");
        for (let n = Number(cursor ?? 0) + 1; n <= 3; n += 1) yield { n };
      },
      cursorOf: ({ n }) => String(n),
    }),
    sinkConnector<{ id?: string }>({
      type: "sink",
      version,
      write: (items) => {
        written.push(...items);
        const index = items.findIndex(({ id }) => id === "bad");
        return index < 0 ? undefined : { itemErrors: [{ index, error: "no", retryable: true }] };
      },
    }),
    broker,
    asker,
  ];
  for (const connector of connectors) runtime.add({ tenantId: "acme", instanceId: "one", connector });
  runtime.add({ tenantId: "other", instanceId: "one", connector: asker });
  await runtime.start();
  const api = `${gateway.httpUrl}/api`;
  const post = (path: string, body: unknown = {}, headers = {}) => call(`${api}/${path}`, body, headers);
  const of = (type: string, action: string, body?: unknown) =>
    post(`registrations/acme.${type}.one/${action}`, body);
  return { gateway, runtime, written, broker: broker.broker, post, of, api };
}

const failure = (status: number, code: string, message: RegExp | string) => ({
  status,
  body: { error: { code, message: expect.stringMatching(message) } },
});

describe("a source", () => {
  it("is read with a query, a cursor and a limit", async () => {
    const { of } = await rig();
    const first = await of("source", "fetch", { limit: 2 });
    expect(first).toMatchObject({
      status: 200,
      body: { items: [{ n: 1 }, { n: 2 }], nextCursor: "2", hasMore: true },
    });
    expect(await of("source", "fetch", { query: {}, cursor: "2" })).toMatchObject({
      status: 200,
      body: { items: [{ n: 3 }], nextCursor: null, hasMore: false },
    });
  });

  it.each([
    [{ limit: 0 }, 400, "INVALID_FIELD", /"limit" must be a whole number from 1; got/],
    [{ cursor: 7 }, 400, "INVALID_FIELD", /"cursor" must be a text/],
    [{ cursor: "x".repeat(5_000) }, 400, "INVALID_PARAMS", /cursor must have at most 4096 characters/],
    [{ quer: {} }, 400, "INVALID_FIELD", /"quer" is no field of fetch; did you mean "query"/],
    [{ context: { a: 1 } }, 400, "INVALID_FIELD", /"context" must be an object of texts/],
    [{ query: { fail: true } }, 502, "INVOKE_FAILED", /the table is gone/],
  ])("that is asked wrongly says what is wrong: %j", async (body, status, code, words) => {
    const { of } = await rig();
    expect(await of("source", "fetch", body)).toMatchObject(failure(status, code, words));
  });
});

describe("a sink", () => {
  it("is given items, and says of each that failed why", async () => {
    const { of, written } = await rig();
    expect(await of("sink", "write", { items: [{ id: "1" }, { id: "bad" }] })).toEqual({
      status: 200,
      headers: expect.anything(),
      body: {
        success: false,
        itemsWritten: 1,
        itemsFailed: 1,
        itemErrors: [{ index: 1, error: "no", retryable: true }],
      },
    });
    expect(await of("sink", "write", { items: [] })).toMatchObject({
      body: { success: true, itemErrors: [] },
    });
    expect(written).toEqual([{ id: "1" }, { id: "bad" }]);
  });

  it("takes a list of bounded size", async () => {
    const { of } = await rig({ maxMessageBytes: 1024 * 1024 });
    expect(await of("sink", "write", { items: { id: "1" } })).toMatchObject(
      failure(400, "INVALID_FIELD", /"items" must be a list/),
    );
    expect(await of("sink", "write", { items: ["x".repeat(1.5 * 1024 * 1024)] })).toMatchObject(
      failure(413, "MESSAGE_TOO_LARGE", /above maxMessageBytes/),
    );
    expect(await of("sink", "write", { items: ["x".repeat(6 * 1024 * 1024)] })).toMatchObject({
      status: 413,
    });
    expect(await of("sink", "write", { items: [{ id: "1" }] })).toMatchObject({ status: 200 });
  });
});

it("says of what kind a connector is that is asked for another, and what it cannot find", async () => {
  const { of, post, runtime } = await rig();
  expect(await of("sink", "fetch")).toMatchObject(
    failure(409, "WRONG_KIND", "acme.sink.one is no source: its kinds are sink."),
  );
  expect(await of("source", "write", { items: [] })).toMatchObject(failure(409, "WRONG_KIND", "no sink"));
  expect(await of("source", "publish", { topic: "a", payload: 1 })).toMatchObject(
    failure(409, "WRONG_KIND", "no connector of events"),
  );
  expect(await of("sourc", "fetch")).toMatchObject(
    failure(404, "UNKNOWN_REGISTRATION", 'did you mean "acme.source.one"'),
  );
  await runtime.close();
  expect(await post("registrations/acme.source.one/fetch")).toMatchObject(
    failure(409, "REGISTRATION_ERROR", "acme.source.one is not connected"),
  );
});

/** The parts of a stream of server-sent events, until as many have come as are wanted. */
async function* streamed(api: string, key: string, body: object, aborted: AbortSignal) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${api}/registrations/${key}/subscribe`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
    signal: aborted,
  });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      const fields = Object.fromEntries(
        part.split("\n").map((line) => [line.split(": ", 1)[0], line.slice(line.indexOf(": ") + 2)]),
      );
      if (fields.data !== undefined)
        yield { id: fields.id, event: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

describe("topics", () => {
  it("are published to and listed, and their events come as they are published", async () => {
    const { of, api, broker } = await rig();
    const leave = new AbortController();
    const stream = streamed(api, "acme.events.one", { pattern: "orders.*", fromTimestamp: 0 }, leave.signal);
    await broker.publish("orders.eu", 1, { id: "m-1" });
    const first = await stream.next();
    const published = await of("events", "publish", {
      topic: "orders.us",
      payload: { n: 2 },
      messageId: "m-2",
      headers: { a: "b" },
    });
    expect(published).toMatchObject({
      status: 200,
      body: { topic: "orders.us", messageId: "m-2", timestamp: expect.any(Number) },
    });
    const second = await stream.next();
    expect([first.value, second.value]).toMatchObject([
      { id: "m-1", event: "event", data: { topic: "orders.eu", payload: 1, missed: 0, deliveries: 1 } },
      { id: "m-2", event: "event", data: { topic: "orders.us", payload: { n: 2 }, headers: { a: "b" } } },
    ]);
    expect(await call(`${api}/registrations/acme.events.one/topics`)).toMatchObject({
      status: 200,
      body: { topics: ["orders.eu", "orders.us"] },
    });
    leave.abort();
    await expect(stream.next()).rejects.toThrow();
  });

  it("end their subscription with its caller, and what it has not taken goes to others of the group", async () => {
    const { api, broker } = await rig();
    const begin = () =>
      streamed(api, "acme.events.one", { pattern: "a", consumerGroup: "g" }, new AbortController().signal);
    const leave = new AbortController();
    const one = streamed(api, "acme.events.one", { pattern: "a", consumerGroup: "g" }, leave.signal);
    const first = one.next();
    // The group has a place from here on.
    await expect
      .poll(() => broker.publish("a", 1).then(() => Promise.race([first, undefined])))
      .toBeDefined();
    leave.abort();
    await one.next().catch(() => {});
    const other = begin();
    await broker.publish("a", "for the other");
    let last: unknown;
    do last = (await other.next()).value?.data.payload;
    while (last !== "for the other");
  });

  it("hold a caller up who does not read, and lose nothing", async () => {
    const { api, broker } = await rig();
    const body = JSON.stringify({ pattern: "big", fromTimestamp: 0 });
    const count = 12;
    const size = 1_000_000;
    for (let n = 0; n < count; n += 1) await broker.publish("big", "x".repeat(size), { id: `m-${n}` });
    const text = await new Promise<string>((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const asking = request(`${api}/registrations/acme.events.one/subscribe`, { method: "POST", headers });
      asking.once("error", reject).once("response", (response) => {
        // Not read for some turns: what comes meanwhile waits at the gateway.
        let all = "";
        response.pause();
        setImmediate(() => response.resume());
        response.setEncoding("utf8").on("data", (chunk: string) => {
          all += chunk;
          if (all.split("\n\n").length <= count) return;
          resolve(all);
          asking.destroy();
        });
        response.on("error", () => {});
      });
      asking.end(body);
    });
    expect(text.match(/^id: m-\d+$/gm)).toEqual(Array.from({ length: count }, (_, n) => `id: m-${n}`));
  });

  it.each([
    ["publish", { payload: 1 }, 400, "INVALID_FIELD", /"topic" must be a non-empty text/],
    ["publish", { topic: "a" }, 400, "INVALID_FIELD", /"payload" is required/],
    ["publish", { topic: "a b", payload: 1 }, 400, "INVALID_PARAMS", /topic/],
    ["publish", { topic: "a", payload: 1, headers: { a: 1 } }, 400, "INVALID_FIELD", /"headers" must be/],
    ["subscribe", {}, 400, "INVALID_FIELD", /"pattern" must be a text such as/],
    ["subscribe", { pattern: "a", fromId: "gone" }, 400, "INVALID_PARAMS", /fromId must be the id/],
    [
      "subscribe",
      { pattern: "a", autoAck: true },
      400,
      "INVALID_FIELD",
      /"autoAck" is no field of subscribe/,
    ],
  ])("say what is wrong: %s %j", async (action, body, status, code, words) => {
    const { of } = await rig();
    expect(await of("events", action, body)).toMatchObject(failure(status, code, words));
  });
});

describe("an invocation", () => {
  it("is made as a connector, or as a person of a tenant", async () => {
    const { post } = await rig();
    const told = (payload: object) => ({
      status: 200,
      body: { target: "acme.asker.one", success: true, error: "", payload },
    });
    const asConnector = { caller: "acme.source.one", target: "asker", context: { note: "x" } };
    expect(await post("invoke", asConnector)).toMatchObject(
      told({ tenantId: "acme", depth: "1", note: "x" }),
    );
    const asPerson = { tenantId: "acme", userId: "ann", target: "matrix:acme:asker:one" };
    expect(await post("invoke", asPerson)).toMatchObject(told({ tenantId: "acme", subject: "ann" }));
    expect(await post("invoke", { ...asPerson, fireAndForget: true })).toMatchObject({
      status: 202,
      body: { target: "acme.asker.one" },
    });
  });

  it("stays within the tenant, whatever is said of it", async () => {
    const { post, gateway } = await rig();
    for (const target of ["other.asker.one", "matrix:other:asker:one", "other.*.*"])
      for (const who of [{ caller: "acme.source.one" }, { tenantId: "acme" }])
        expect(await post("invoke", { ...who, target })).toMatchObject(
          failure(404, "UNKNOWN_TARGET", 'There is no connector ".*" in the tenant "acme"'),
        );
    const context = { tenant_id: "other" };
    for (const who of [{ caller: "acme.source.one" }, { tenantId: "acme" }])
      expect(await post("invoke", { ...who, target: "*", context, payload: {} })).not.toMatchObject({
        body: { payload: { tenantId: "other" } },
      });
    // A connector that says so itself is not believed either.
    const spoof = { payload: { ask: "asker", spoof: "other" } };
    expect((await gateway.execute("acme.asker.one", spoof)).json()).toMatchObject({
      tenantId: "acme",
      note: "mine",
    });
  });

  it.each([
    [{ target: "asker" }, 400, "INVALID_FIELD", /Give "caller".*or "tenantId"/],
    [{ caller: "acme.source.one" }, 400, "INVALID_FIELD", /"target" must be a non-empty text/],
    [
      { caller: "acme.source.one", tenantId: "other", target: "asker" },
      400,
      "INVALID_FIELD",
      /"tenantId" goes without "caller"/,
    ],
    [{ caller: "acme.nobody.one", target: "asker" }, 404, "UNKNOWN_REGISTRATION", /acme.nobody.one/],
    [{ tenantId: "acme", target: "acme.askr.one" }, 404, "UNKNOWN_TARGET", /did you mean "acme.asker.one"/],
    [
      { caller: "acme.source.one", target: "asker", context: { "x-invoke-depth": "5" } },
      400,
      "INVALID_FIELD",
      /x-invoke-depth/,
    ],
    [
      { tenantId: "acme", target: "asker", fireAndForget: 1 },
      400,
      "INVALID_FIELD",
      /"fireAndForget" must be/,
    ],
  ])("that cannot be says why: %j", async (body, status, code, words) => {
    const { post } = await rig();
    expect(await post("invoke", body)).toMatchObject(failure(status, code, words));
  });

  it("of a connector that is not approved is refused", async () => {
    const { post, gateway } = await rig();
    gateway.reject("acme.source.one");
    expect(await post("invoke", { caller: "acme.source.one", target: "asker" })).toMatchObject(
      failure(409, "REGISTRATION_ERROR", "acme.source.one is not approved: it can ask nobody"),
    );
  });
});

it("wants the administrators' token for all of them", async () => {
  const { api } = await rig({ adminToken: "planted-secret-of-administrators" });
  const refused = failure(401, "UNAUTHORIZED", "administrators' token");
  for (const action of ["fetch", "write", "publish", "subscribe"])
    expect(await call(`${api}/registrations/acme.events.one/${action}`, {})).toMatchObject(refused);
  expect(await call(`${api}/registrations/acme.events.one/topics`)).toMatchObject(refused);
  expect(await call(`${api}/invoke`, { tenantId: "acme", target: "asker" })).toMatchObject(refused);
});
