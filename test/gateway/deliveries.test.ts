/** How often a request goes out, what the connector is told of it, and when the gateway gives up. */
import { startTestBench } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { echo, gated } from "../support/connectors.js";
import { fakeConnector } from "./fake-connector.js";
import { gatewayFor } from "./rig.js";

const key = "t.calc.one";

describe("the fault deaf", () => {
  it("ends streams when it is switched off, so that no answer which it swallowed is taken for confirmed", async () => {
    const work = gated();
    await using bench = await startTestBench({
      registrations: [{ tenantId: "t", instanceId: "one", connector: work.connector }],
      runtime: { heartbeat: { intervalMs: 200, timeoutMs: 20_000 } },
    });
    const { gateway } = bench;
    const answers = Array.from({ length: 100 }, (_, i) => gateway.execute("t.gated.one", { payload: i }));
    await work.started(100);
    let swallowed = 0;
    gateway.on((event) => {
      if (event.type === "fault" && event.name === "deaf") swallowed += 1;
    });
    gateway.fault({ deaf: true });
    work.release();
    // All are written to a gateway that does not listen.
    await gateway.until(() => swallowed >= 100);
    gateway.fault({ deaf: false });
    const values = (await Promise.all(answers)).map((answer) => answer.json());
    expect(values).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(gateway.stats().streamsOpened).toBeGreaterThan(1);
  });
});

describe("deliveries", () => {
  it("say from the second on how many there were, whatever the caller wrote there", async () => {
    const gateway = await gatewayFor({ approval: "automatic" });
    const connector = fakeConnector(gateway);
    await connector.register();
    const answer = gateway.execute(key, { requestId: "r", context: { delivery_attempt: "77", a: "b" } });
    const first = await connector.nextExecute();
    expect(first.context).toEqual({ tenant_id: "t", a: "b", connector_arn: "matrix:t:calc:one" });
    for (const attempt of ["2", "3"]) {
      await connector.leave();
      await connector.register();
      expect((await connector.nextExecute()).context).toMatchObject({ delivery_attempt: attempt, a: "b" });
    }
    connector.answer("r");
    expect((await answer).success).toBe(true);
  });

  it("end after maxDeliveries, with an error that says so, and the next request is served", async () => {
    const gateway = await gatewayFor({ approval: "automatic", maxDeliveries: 2 });
    const connector = fakeConnector(gateway);
    await connector.register();
    const given = gateway.execute(key, { requestId: "poison" });
    const refused = expect(given).rejects.toMatchObject({
      code: "INVOKE_FAILED",
      message: expect.stringMatching(/"poison".*t\.calc\.one.*2 times.*maxDeliveries/),
    });
    await connector.nextExecute();
    await connector.leave();
    await connector.register();
    await connector.nextExecute();
    await connector.leave();
    await connector.register();
    await refused;
    const next = gateway.execute(key, { requestId: "good" });
    expect((await connector.nextExecute()).requestId).toBe("good");
    connector.answer("good");
    expect((await next).success).toBe(true);
  });

  it("are checked as an option", async () => {
    await expect(gatewayFor({ maxDeliveries: 0 })).rejects.toThrow(/maxDeliveries/);
  });
});

describe("a caller that goes away", () => {
  it("takes its request back by a signal: it is not delivered again", async () => {
    const gateway = await gatewayFor({ approval: "automatic" });
    const connector = fakeConnector(gateway);
    await connector.register();
    const caller = new AbortController();
    const given = gateway.execute(key, { requestId: "r", signal: caller.signal });
    const refused = expect(given).rejects.toBe("no more");
    await connector.nextExecute();
    caller.abort("no more");
    await refused;
    expect(gateway.registrations()[0]?.openExecutes).toBe(0);
    await connector.leave();
    await connector.register();
    const next = gateway.execute(key, { requestId: "next" });
    expect((await connector.nextExecute()).requestId).toBe("next");
    connector.answer("next");
    await next;
    await expect(gateway.execute(key, { signal: caller.signal })).rejects.toBe("no more");
    await expect(gateway.execute(key, { signal: "now" as never })).rejects.toThrow(/signal must be/);
  });

  it("takes its request back by closing its HTTP connection", async () => {
    await using bench = await startTestBench({
      registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
      gateway: { approval: "manual" },
    });
    const { gateway } = bench;
    const caller = new AbortController();
    const post = fetch(`${gateway.httpUrl}/api/registrations/t.echo_test.one/execute`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
      signal: caller.signal,
    });
    const refused = expect(post).rejects.toThrow();
    await gateway.until(() => gateway.registrations()[0]?.openExecutes === 1);
    caller.abort();
    await refused;
    await gateway.until(() => gateway.registrations()[0]?.openExecutes === 0);
  });
});
