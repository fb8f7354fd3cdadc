/** What people do at a gateway through its HTTP API, and that the gateway tells of it. */
import { defineTool, jsonSchema, type RegistrationOptions, toolConnector } from "mooring";
import type { Gateway, GatewayEvent } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { call, gatewayFor, owner } from "./rig.js";

const parameters = { type: "object", properties: { a: { type: "number" } }, required: ["a"] } as const;
const double = defineTool({
  name: "double",
  description: "Doubles.",
  input: jsonSchema<{ a: number }>(parameters),
  run: ({ a }) => 2 * a,
});
const key = "acme.calc.one";

async function benchFor(connector: RegistrationOptions["connector"]) {
  const bench = await startTestBench({
    registrations: [{ tenantId: "acme", instanceId: "one", connector }],
    gateway: { approval: "manual" },
  });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  return bench;
}

function said(gateway: Gateway): string[] {
  const all: string[] = [];
  gateway.on((event: GatewayEvent) => {
    if (event.type === "administered") all.push(`${event.what}${event.key ? ` ${event.key}` : ""}`);
    if (event.type === "fault") all.push(`fault ${event.name}`);
  });
  return all;
}

describe("what a connector can do", () => {
  it("is told with its schemas while it is connected", async () => {
    const { gateway, runtime } = await benchFor(toolConnector("calc", [double], { version: "2.0.0" }));
    const at = `${gateway.httpUrl}/api/registrations/${key}/capabilities`;
    expect((await call(at)).body).toEqual({
      key,
      version: "2.0.0",
      behaviors: ["tool"],
      tools: [{ name: "double", description: "Doubles.", parameters, result: {} }],
    });
    await runtime.close();
    await gateway.until((one) => one.registrations().every(({ connected }) => !connected));
    const gone = await call(at);
    expect([gone.status, gone.body]).toEqual([
      409,
      {
        error: {
          code: "REGISTRATION_ERROR",
          message: `${key} is not connected: what it can do is known for as long as it is.`,
        },
      },
    ]);
    expect((await call(`${gateway.httpUrl}/api/registrations/x.y.z/capabilities`)).status).toBe(404);
  });

  it("is kept up to a bound: a schema beyond it is null, and the tool is there", async () => {
    const large = defineTool({
      name: "large",
      description: "Has more to say.",
      input: jsonSchema({ type: "object", description: "x".repeat(300_000) }),
      run: () => 1,
    });
    const { gateway } = await benchFor(toolConnector("calc", [large, double]));
    const { body } = await call(`${gateway.httpUrl}/api/registrations/${key}/capabilities`);
    const { tools } = body as { tools: { name: string; parameters: unknown }[] };
    expect(tools.map((tool) => [tool.name, tool.parameters])).toEqual([
      ["large", null],
      ["double", parameters],
    ]);
  });
});

describe("one-time tokens", () => {
  it("are listed without themselves", async () => {
    const gateway = await gatewayFor();
    const heard = said(gateway);
    const issued = await call(`${gateway.httpUrl}/api/one-time-tokens`, { ...owner, ttlMs: 60_000 });
    const { token } = issued.body as { token: string };
    const listed = await call(`${gateway.httpUrl}/api/one-time-tokens`);
    expect(listed.body).toEqual([{ ...owner, expiresAt: expect.any(Number), used: false }]);
    expect(JSON.stringify(listed.body)).not.toContain(token);
    expect(heard).toEqual(["token issued"]);
  });
});

describe("disturbances by HTTP", () => {
  it.each(["cut", "close", "reset"])("%s: the connector comes back", async (how) => {
    const { gateway, runtime } = await benchFor(toolConnector("calc", [double]));
    const heard = said(gateway);
    gateway.approve(key);
    await runtime.start();
    const { streamsOpened } = gateway.stats();
    const answer = await call(`${gateway.httpUrl}/api/disturb`, { how });
    expect([answer.status, answer.body]).toEqual([202, { how }]);
    await gateway.until((one) => one.stats().streamsOpened > streamsOpened);
    expect(heard).toContain("disturbed");
  });

  it("goaway: what is open goes on", async () => {
    const { gateway, runtime } = await benchFor(toolConnector("calc", [double]));
    const heard = said(gateway);
    gateway.approve(key);
    await runtime.start();
    await call(`${gateway.httpUrl}/api/disturb`, { how: "goaway" });
    await gateway.until(() => heard.includes("disturbed"));
    const body = { capabilityId: "double", payload: { parameters: { a: 4 } } };
    const answer = await call(`${gateway.httpUrl}/api/registrations/${key}/execute`, body);
    expect(answer.body).toMatchObject({ success: true });
  });

  it("the gateway is away for a time, and listens at the same port again", async () => {
    const { gateway, runtime } = await benchFor(toolConnector("calc", [double]));
    gateway.approve(key);
    await runtime.start();
    const { streamsOpened } = gateway.stats();
    const answer = await call(`${gateway.httpUrl}/api/restart`, { downMs: 5 });
    expect([answer.status, answer.body]).toEqual([202, { politely: false, downMs: 5 }]);
    await gateway.until((one) => one.stats().streamsOpened > streamsOpened);
    expect((await call(`${gateway.httpUrl}/healthz`)).status).toBe(200);
  });

  it.each([
    ["disturb", { how: "gently" }, '"how" must be one of goaway, reset, cut, close; got a text.'],
    ["disturb", {}, '"how" must be one of goaway, reset, cut, close; got nothing.'],
    ["disturb", { way: "cut" }, '"way" is no field of disturb; known are how.'],
    ["restart", { politely: 1 }, '"politely" must be true or false; got a number.'],
    [
      "restart",
      { downMs: -1 },
      '"downMs" must be a number of milliseconds from 0 to 2147483647; got a number.',
    ],
  ])("%s with %j is refused, and the field is named", async (name, body, words) => {
    const gateway = await gatewayFor();
    const answer = await call(`${gateway.httpUrl}/api/${name}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { message: words } });
  });
});

describe("what the gateway tells", () => {
  it("is each decision, and each effect of a fault", async () => {
    const { gateway, runtime } = await benchFor(toolConnector("calc", [double]));
    const heard = said(gateway);
    gateway.approve(key);
    await runtime.start();
    gateway.fault({ closeAfterRegister: 1 });
    gateway.retry(key);
    await gateway.until(() => heard.includes("fault closeAfterRegister"));
    await gateway.until((one) => one.registrations()[0]?.connected === true);
    gateway.reject(key);
    gateway.deregister(key);
    expect(heard).toEqual([
      `approved ${key}`,
      "faults set",
      `retried ${key}`,
      "fault closeAfterRegister",
      `rejected ${key}`,
      `removed ${key}`,
    ]);
  });
});
