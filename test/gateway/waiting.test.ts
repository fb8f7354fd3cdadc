/** What a request that nobody answers waits for, and where waiting is hopeless. */
import type { Gateway } from "mooring/gateway";
import { describe, expect, it } from "vitest";
import { fakeConnector } from "./fake-connector.js";
import { call, gatewayFor } from "./rig.js";

const key = "t.calc.one";
const late = (gateway: Gateway) => gateway.execute(key, { timeoutMs: 20 });

describe("a request that is not answered in time says what it waited for", () => {
  it("approval", async () => {
    const gateway = await gatewayFor();
    const connector = fakeConnector(gateway);
    await connector.register();
    await expect(late(gateway)).rejects.toMatchObject({
      code: "TIMEOUT",
      message: expect.stringMatching(/waits for approval.*mooring approve t\.calc\.one/),
    });
    const answer = await call(`${gateway.httpUrl}/api/registrations/${key}/execute`, { timeoutMs: 20 });
    expect(answer).toMatchObject({
      status: 504,
      body: { error: { message: expect.stringContaining("waits for approval") } },
    });
    await connector.leave();
    await expect(late(gateway)).rejects.toThrow(/waits for approval.*not connected/);
  });

  it("its credentials, its connection, or the connector itself", async () => {
    const gateway = await gatewayFor();
    const connector = fakeConnector(gateway);
    await connector.register();
    gateway.approve(key);
    await expect(late(gateway)).rejects.toThrow(/approved.*has not registered/);
    await connector.leave();
    await expect(late(gateway)).rejects.toThrow(/not connected/);
  });

  it("the connector itself", async () => {
    const gateway = await gatewayFor({ approval: "automatic" });
    const connector = fakeConnector(gateway);
    await connector.register();
    await expect(late(gateway)).rejects.toThrow("t.calc.one did not answer within 20 ms.");
    const given = gateway.execute(key, { timeoutMs: 1_000, requestId: "r" });
    const refused = expect(given).rejects.toThrow(/not connected.*delivered once/);
    await connector.nextExecute();
    await connector.leave();
    await refused;
  });
});

describe("a request that nobody will ever take is refused at once", () => {
  it("of a rejected registration, those that wait already too", async () => {
    const gateway = await gatewayFor();
    const connector = fakeConnector(gateway);
    await connector.register();
    const waiting = gateway.execute(key);
    const refused = expect(waiting).rejects.toMatchObject({ code: "REGISTRATION_ERROR" });
    gateway.reject(key);
    await refused;
    await expect(gateway.execute(key)).rejects.toThrow(/rejected.*mooring approve t\.calc\.one/);
    const answer = await call(`${gateway.httpUrl}/api/registrations/${key}/execute`, {});
    expect(answer).toMatchObject({ status: 409, body: { error: { code: "REGISTRATION_ERROR" } } });
  });

  it("of one that never registered, with the key that was meant", async () => {
    const gateway = await gatewayFor();
    const connector = fakeConnector(gateway);
    await connector.register();
    await expect(gateway.execute("t.clac.one")).rejects.toThrow(/did you mean "t\.calc\.one"/);
    const answer = await call(`${gateway.httpUrl}/api/registrations/t.clac.one/execute`, {});
    expect(answer).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining('did you mean "t.calc.one"') } },
    });
  });
});
