import { startGateway } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import { afterEach, describe, expect, it } from "vitest";
import { echo } from "../support/connectors.js";

const key = "t.echo_test.one";
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function bench(approval: "automatic" | "manual" = "automatic") {
  const made = await startTestBench({
    registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
    gateway: { approval },
  });
  ends.push(async () => made[Symbol.asyncDispose]());
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${made.gateway.httpUrl}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  return { ...made, gateway: made.gateway, runtime: made.runtime, call };
}

describe("the gateway's HTTP API", () => {
  it("lists registrations, executes and waits for the answer, on the port of gRPC", async () => {
    const { call } = await bench();
    expect(await call("GET", "/api/registrations")).toMatchObject({
      status: 200,
      body: [{ key, state: "approved", connected: true, arn: "matrix:t:echo_test:one" }],
    });
    expect(await call("POST", `/api/registrations/${key}/execute`, { payload: { a: 1 } })).toMatchObject({
      status: 200,
      body: { success: true, payload: { a: 1 }, error: "" },
    });
  });

  it("approves and rejects", async () => {
    const { call, gateway } = await bench("manual");
    expect(await call("POST", `/api/registrations/${key}/approve`)).toEqual({
      status: 200,
      body: { key, state: "approved" },
    });
    await gateway.until((one) => one.stats().accepted === 1, 60_000);
    expect(await call("POST", `/api/registrations/${key}/reject`)).toMatchObject({ status: 200 });
    expect(gateway.registrations()[0]?.state).toBe("rejected");
  });

  it("issues one-time tokens in the shape that connectors read", async () => {
    const { call, gateway } = await bench();
    const issued = await call("POST", "/api/one-time-tokens", {
      tenantId: "t",
      connectorType: "c",
      instanceId: "i",
    });
    expect(issued).toMatchObject({
      status: 201,
      body: {
        matrix_url: gateway.httpUrl,
        keycloak_url: gateway.realmUrl,
        connector_type: "c",
        tenant_id: "t",
      },
    });
    expect(issued.body.token).toMatch(/^[\w-]{20,}$/);
  });

  it("takes faults, and refuses unknown ones by name", async () => {
    const { call, gateway } = await bench();
    expect(await call("POST", "/api/faults", { failRegister: 2 })).toMatchObject({
      status: 200,
      body: { failRegister: 2 },
    });
    expect(gateway.faults()).toMatchObject({ failRegister: 2 });
    expect(await call("POST", "/api/faults", { nonsense: 1 })).toMatchObject({
      status: 400,
      body: {
        error: { code: "INVALID_CONFIG", message: expect.stringContaining('Unknown fault "nonsense"') },
      },
    });
    expect(await call("POST", "/api/faults", { deaf: 1 })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('"deaf" takes a boolean') } },
    });
    expect(await call("POST", "/api/faults", { failRegister: -1 })).toMatchObject({ status: 400 });
  });

  it.each([
    [{ delayRegisterMs: 1e300 }, "takes a whole number from 0 to 2147483647; got 1e+300."],
    [{ delayHeartbeatMs: 2 ** 31 }, "takes a whole number from 0 to 2147483647; got 2147483648."],
    [{ ottDelayMs: 2 ** 31 }, "takes a whole number from 0 to 2147483647; got 2147483648."],
    [{ tokenDelayMs: 2 ** 31 }, "takes a whole number from 0 to 2147483647; got 2147483648."],
    [{ tokenExpiresIn: 1e300 }, "takes a whole number from 0 to 2147483647; got 1e+300."],
    [{ tokenRetryAfterSeconds: 1e300 }, "takes a whole number from 0 to 2147483647; got 1e+300."],
    [{ refuseStatusCode: 99 }, "takes a whole number from 1 to 16; got 99."],
    [{ refuseStatusCode: 0 }, "takes a whole number from 1 to 16; got 0."],
    [{ executeBurst: 1e9 }, "takes a whole number from 0 to 100000; got 1000000000."],
    [{ failRegister: 1e300 }, "takes a whole number from 0 to 9007199254740991; got 1e+300."],
    [{ failRegisterText: "\ud800" }, "must be a text; got a text with half a character (a lone surrogate)."],
  ])("refuses the fault %o and sets nothing", async (fault, words) => {
    const { call, gateway } = await bench();
    const before = gateway.faults();
    const [name] = Object.keys(fault);
    expect(await call("POST", "/api/faults", { ...fault, deaf: false })).toEqual({
      status: 400,
      body: { error: { code: "INVALID_CONFIG", message: `Fault "${name}" ${words}` } },
    });
    expect(gateway.faults()).toEqual(before);
    expect(() => gateway.fault(fault)).toThrow(words);
  });

  it.each([
    [
      { capabilityId: "\ud800" },
      '"capabilityId" must be a text; got a text with half a character (a lone surrogate).',
    ],
    [
      { context: { "\ud800": "a", "\udfff": "b" } },
      '"context" must be an object of texts, of whole characters; got an object with half a character (a lone surrogate) in a name.',
    ],
    [
      { context: { user: "a\udfff" } },
      '"context" must be an object of texts, of whole characters; got an object.',
    ],
  ])("refuses half a character in %o, by the field", async (fields, message) => {
    const { call, gateway } = await bench();
    expect(await call("POST", `/api/registrations/${key}/execute`, fields)).toEqual({
      status: 400,
      body: { error: { code: "INVALID_FIELD", message } },
    });
    const options: object = fields;
    await expect(gateway.execute(key, options)).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });

  it.each([
    ["GET", "/api/nothing", undefined, 404, "UNKNOWN_ROUTE"],
    ["POST", "/api/registrations/a.b.c/execute", {}, 404, "UNKNOWN_REGISTRATION"],
    ["POST", `/api/registrations/${key}/execute`, { timeoutMs: "soon" }, 400, "INVALID_FIELD"],
    ["POST", `/api/registrations/${key}/execute`, { context: { a: 1 } }, 400, "INVALID_FIELD"],
    ["POST", "/api/one-time-tokens", { tenantId: "t" }, 400, "INVALID_FIELD"],
    ["POST", "/api/connectors/register-with-ott", { token: "x" }, 400, "INVALID_FIELD"],
  ])("%s %s with %o: %i %s", async (method, path, body, status, code) => {
    const { call } = await bench();
    expect(await call(method, path, body)).toMatchObject({ status, body: { error: { code } } });
  });

  it("says that a body is not JSON, and that a request was not answered in time", async () => {
    const { gateway, call } = await bench();
    const broken = await fetch(`${gateway.httpUrl}/api/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{",
    });
    expect([broken.status, await broken.json()]).toEqual([
      400,
      { error: { code: "INVALID_JSON", message: "The body must be a JSON object." } },
    ]);
    gateway.fault({ deaf: true });
    expect(await call("POST", `/api/registrations/${key}/execute`, { timeoutMs: 50 })).toMatchObject({
      status: 504,
      body: { error: { code: "TIMEOUT" } },
    });
  });

  it("refuses JSON that is nested too deep, by the limit, and bodies that it would have to decode", async () => {
    const { gateway } = await bench();
    const post = (body: string, headers: Record<string, string> = {}) =>
      fetch(`${gateway.httpUrl}/api/registrations/${key}/execute`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
      });
    const deep = await post(`{"payload":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
    expect([deep.status, await deep.json()]).toEqual([
      400,
      {
        error: { code: "INVALID_JSON", message: "The body is nested deeper than 1000 levels: nest it less." },
      },
    ]);
    const encoded = await post("{}", { "content-encoding": "gzip" });
    expect([encoded.status, await encoded.json()]).toEqual([
      415,
      {
        error: {
          code: "UNSUPPORTED_CONTENT_ENCODING",
          message: "Send the body as it is, without Content-Encoding: this server decodes none.",
        },
      },
    ]);
  });

  it("says of a request whose caller has gone that nobody waits for it", async () => {
    const { gateway } = await bench();
    gateway.fault({ deaf: true });
    const gone = new AbortController();
    const said = new Promise<unknown>((resolve) => {
      gateway.on((event) => {
        if (event.type === "requested") gone.abort();
        if (event.type === "unanswered") resolve(event.error);
      });
    });
    const called = fetch(`${gateway.httpUrl}/api/registrations/${key}/execute`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
      signal: gone.signal,
    });
    await expect(called).rejects.toThrow();
    expect(await said).toMatchObject({ message: "its caller has gone" });
  });

  it("wants the administrators' token, and refuses to listen elsewhere without one", async () => {
    await expect(startGateway({ host: "0.0.0.0" })).rejects.toThrow(
      "adminToken is required when host (0.0.0.0) is not loopback",
    );
    const gateway = await startGateway({ adminToken: "right" });
    ends.push(() => gateway.close());
    const status = async (authorization: string) =>
      (await fetch(`${gateway.httpUrl}/api/stats`, { headers: { authorization } })).status;
    expect([await status(""), await status("Bearer wrong"), await status("Bearer right")]).toEqual([
      401, 401, 200,
    ]);
    expect((await fetch(`${gateway.httpUrl}/healthz`)).status).toBe(200);
  });

  it("waits with its headers for the first message of a stream", async () => {
    const { connect } = await import("node:http2");
    const gateway = await startGateway();
    ends.push(() => gateway.close());
    const session = connect(gateway.httpUrl);
    const stream = session.request({
      ":method": "POST",
      ":path": "/matrix.connectors.v1.ConnectorService/Connect",
      "content-type": "application/grpc",
      te: "trailers",
    });
    let responded = false;
    stream.on("response", () => {
      responded = true;
    });
    await gateway.until((one) => one.stats().activeStreams === 1, 60_000);
    await new Promise<void>((resolve) => session.ping(() => resolve()));
    expect(responded).toBe(false);
    const answered = new Promise((resolve) => stream.once("response", resolve));
    // An empty register request: refused, but answered.
    stream.write(Buffer.from([0, 0, 0, 0, 2, 10, 0]));
    await answered;
    session.destroy();
  });
});
