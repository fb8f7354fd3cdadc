import { type ConnectorDescription, createRuntime, requestResponseConnector } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";

/** An echo that says other things of itself when told to. */
function changingEcho() {
  const echo = requestResponseConnector({
    type: "echo",
    version: "1.0.0",
    execute: (request) => request.json(),
  });
  let current: ConnectorDescription = echo;
  const listeners = new Set<() => void>();
  const description = {
    current: () => current,
    watch: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const offer = (...names: readonly string[]) => {
    const taskTypes = names.map((name) => ({ taskTypeId: name, name, description: name }));
    current = { ...echo, taskTypes };
    for (const listener of listeners) listener();
  };
  return { connector: { ...echo, description }, offer, listeners };
}

async function rig() {
  const gateway = await startGateway({ approval: "automatic" });
  const runtime = createRuntime({ url: gateway.url });
  onTestFinished(async () => {
    await runtime.close();
    await gateway.close();
  });
  const tools = () => gateway.registrations().flatMap((one) => one.tools);
  return { gateway, runtime, tools };
}

describe("a connector whose description changes", () => {
  it("[C17 #19] is registered again on the stream that it has", async () => {
    const { gateway, runtime, tools } = await rig();
    const { connector, offer, listeners } = changingEcho();
    const { key } = runtime.add({ tenantId: "acme", instanceId: "one", connector });
    offer("before");
    await runtime.start();
    await expect.poll(tools).toEqual(["before"]);
    offer("first");
    offer("first", "second");
    await expect.poll(tools).toEqual(["first", "second"]);
    expect(runtime.status().registrations[0]).toMatchObject({
      ready: true,
      counters: { total_disconnects: 0 },
    });
    const answer = await gateway.execute(key, { payload: { a: 1 } });
    expect(answer).toMatchObject({ success: true });
    await runtime.drain();
    expect(listeners.size).toBe(0);
  });

  it("is told in its newest form after a loss, and when it changed while it registered", async () => {
    const { gateway, runtime, tools } = await rig();
    const { connector, offer } = changingEcho();
    runtime.add({ tenantId: "acme", instanceId: "one", connector });
    const started = runtime.start();
    offer("early");
    await started;
    await expect.poll(tools).toEqual(["early"]);
    await gateway.restart();
    offer("late");
    await expect.poll(tools).toEqual(["late"]);
  });
});
