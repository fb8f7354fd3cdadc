/** examples/clock.ts: its ticks, called by itself and over a real stream. */
import { memoryBroker } from "mooring";
import { startTestBench, testConnector } from "mooring/testing";
import { expect, it, onTestFinished } from "vitest";
import { clockConnector } from "../../examples/clock.js";

interface Received {
  readonly events: readonly {
    readonly message: { readonly message_id: string; readonly payload: unknown };
  }[];
}

it("hands out its ticks to a caller", async () => {
  const connector = clockConnector(20, memoryBroker());
  onTestFinished(() => connector.close());
  const tested = testConnector(connector);
  const ask = (capabilityId: string, payload: object) => tested.execute(payload, { capabilityId });
  const { subscription_id } = (await ask("subscribe", { pattern: "clock.*" })) as { subscription_id: string };
  const { events } = (await ask("receive", { subscription_id, wait_ms: 20_000 })) as Received;
  expect(events[0]?.message.payload).toEqual({ period: expect.any(Number), at: expect.stringMatching(/Z$/) });
});

it("publishes a tick once, from however many processes, and tells it over a real stream", async () => {
  const broker = memoryBroker();
  const [connector, other] = [clockConnector(20, broker), clockConnector(20, broker)];
  onTestFinished(async () => void (await Promise.all([connector.close(), other.close()])));
  const bench = await startTestBench({ registrations: [{ tenantId: "acme", instanceId: "1", connector }] });
  onTestFinished(() => bench.close());
  const ask = async (capabilityId: string, payload: unknown) =>
    (await bench.gateway.execute("acme.clock.1", { capabilityId, payload })).json() as never;
  const { subscription_id }: { subscription_id: string } = await ask("subscribe", { pattern: "clock.tick" });
  const ids: string[] = [];
  while (ids.length < 5) {
    const { events }: Received = await ask("receive", { subscription_id, wait_ms: 5_000 });
    ids.push(...events.map(({ message }) => message.message_id));
  }
  expect(new Set(ids).size).toBe(ids.length);
});
