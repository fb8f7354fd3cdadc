/** Connectors ask others from threads of their own, and a runtime does so for registrations in its workers. */
import { startGateway } from "mooring/gateway";
import { afterEach, expect, it } from "vitest";
import { createRuntime, fixture, threadConnector } from "./dist.js";

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const target = "t.answering.i";

async function gatewayFor() {
  const gateway = await startGateway({ approval: "automatic" });
  ends.push(() => gateway.close());
  const ask = async (payload: object) => {
    const answer = await gateway.execute("t.asking.i", { payload, timeoutMs: 30_000 });
    return answer.success ? answer.json() : answer.error;
  };
  return { gateway, ask };
}

it("from the thread of a handler: values, bytes, failures, and a signal that stays there", async () => {
  const { gateway, ask } = await gatewayFor();
  const runtime = createRuntime({ url: gateway.url, env: {} });
  ends.push(() => runtime.close());
  for (const connectorType of ["asking", "answering", "never"]) {
    const connector = await threadConnector({ module: fixture("asking.mjs"), connectorType });
    ends.push(() => connector.close());
    runtime.add({ tenantId: "t", instanceId: "i", connector });
  }
  await runtime.start();
  const answer = { got: { from: "a thread" }, depth: "1", note: "n" };
  await expect(ask({ target })).resolves.toEqual({ answer, hasTime: true });
  await expect(ask({ target, bytes: true })).resolves.toEqual({ answer: [1, 2], hasTime: true });
  await expect(ask({ target: "t.nobody.i" })).resolves.toContain("Invoke failed: there is no such connector");
  await expect(ask({ target, giveUp: true })).resolves.toBe("changed its mind");
  // What a handler has left behind fails with its request, and asks nobody in the name of the next one.
  await expect(ask({ target, leaveBehind: true })).resolves.toBe("gone");
  await expect(ask({ tellLeft: true })).resolves.toBe("NOT_RUNNING");
  await expect(ask({ target })).resolves.toBe("NOT_RUNNING");
});

it("with workers: in a handler, and by the registration's handle in the main thread", async () => {
  const { gateway, ask } = await gatewayFor();
  const runtime = createRuntime({ url: gateway.url, env: {}, workers: 2, module: fixture("asking.mjs") });
  ends.push(() => runtime.close());
  const asking = runtime.add({ tenantId: "t", instanceId: "i", connector: "asking" });
  await expect(asking.invoke(target, undefined, 1)).rejects.toMatchObject({ code: "NOT_RUNNING" });
  runtime.add({ tenantId: "t", instanceId: "i", connector: "answering" });
  await runtime.start();
  await expect(ask({ target })).resolves.toMatchObject({ answer: { depth: "1" } });
  await expect(asking.invoke(target, undefined, { a: 1 })).resolves.toEqual({ got: { a: 1 }, depth: "1" });
  const given = new AbortController();
  const asked = asking.invoke(target, undefined, {}, { signal: given.signal });
  given.abort(new Error("enough"));
  await expect(asked).rejects.toThrow("enough");
  await expect(asking.invoke("", undefined, {})).rejects.toMatchObject({ code: "INVALID_CONFIG" });
});
