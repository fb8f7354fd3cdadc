/** A gateway that is replaced costs its connectors about a round trip, however many they are. */
import { createRuntime, type Runtime } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { type TransportName, transportNames } from "../../src/transport/adapters.js";
import { echo } from "../support/connectors.js";
import { urlFor } from "../support/transports.js";
import { eventually } from "../support/until.js";

/** Streams on one connection, the most. */
const places = 80;
/** Whoever waits for this one is not back within the test. */
const never = { baseMs: 600_000, maxMs: 600_000, jitterMs: 0 };

async function rig(count: number, transport: TransportName, backoff = never) {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const runtime = createRuntime({
    url: urlFor(gateway, transport),
    transport,
    env: {},
    strict: true,
    backoff,
    stableUptimeMs: 1,
  });
  onTestFinished(() => runtime.close());
  for (let i = 0; i < count; i += 1) runtime.add({ tenantId: "t", instanceId: `i${i}`, connector: echo });
  await runtime.start();
  return { gateway, runtime };
}

const all = (runtime: Runtime) => runtime.status().registrations;
const untilServing = (runtime: Runtime) => eventually(() => all(runtime).every(({ ready }) => ready));

/** A lost link is told by a count, which the stable uptime takes back: so that is what tells of it. */
async function untilStable(gateway: Gateway, runtime: Runtime): Promise<void> {
  gateway.disturb("reset");
  await eventually(() => all(runtime).every(({ state }) => state === "backoff"));
  for (const { key } of all(runtime)) runtime.registration(key).retryNow();
  await untilServing(runtime);
  await eventually(() => all(runtime).every(({ attempt }) => attempt === 0));
}

/** The places of a registration since it was in this one, without those within an opening. */
function placesSince(runtime: Runtime, key: string, place: string): readonly string[] {
  const states = runtime.journal(key).flatMap(({ kind, state }) => (kind === "transition" ? [state] : []));
  return states.slice(states.lastIndexOf(place));
}

describe.each(transportNames)("over %s", (transport) => {
  it("registrations whose stable streams the gateway ends come back at once, and once", async () => {
    const { gateway, runtime } = await rig(5, transport);
    await untilStable(gateway, runtime);
    const { accepted } = gateway.stats();
    gateway.disturb("close");
    await gateway.until((one) => one.stats().accepted >= accepted + 5, 100_000);
    await untilServing(runtime);
    for (const { key, counters } of all(runtime)) {
      expect(placesSince(runtime, key, "backoff.returning")).toEqual([
        "backoff.returning",
        "connecting",
        "awaitingRegister.first",
        "streaming.serving",
      ]);
      expect(counters).toMatchObject({ last_disconnect_reason: "server-closed", successful_reconnects: 2 });
    }
  });
});

describe("many registrations that lose one gateway", () => {
  const count = 2 * places;

  it("come back on the connections that are there, spread over the window", async () => {
    const { gateway, runtime } = await rig(count, "lean");
    await untilStable(gateway, runtime);
    const before = gateway.stats();
    gateway.disturb("close");
    const waits = new Set<number>();
    for await (const { status } of runtime.changes()) {
      if (status.child === "returning") waits.add(status.counters.current_backoff_ms);
      if (gateway.stats().accepted >= before.accepted + count) break;
    }
    await untilServing(runtime);
    expect(gateway.stats().connectionsAccepted).toBe(before.connectionsAccepted);
    expect(Math.max(...waits)).toBeLessThanOrEqual(100);
    expect(waits.size).toBeGreaterThan(30);
  });

  it("dial no more connections than their streams need when it is restarted politely", async () => {
    const { gateway, runtime } = await rig(count, "lean", { baseMs: 20, maxMs: 100, jitterMs: 20 });
    const before = gateway.stats();
    await gateway.restart({ politely: true });
    await gateway.until((one) => one.stats().accepted >= before.accepted + count, 100_000);
    await untilServing(runtime);
    expect(gateway.stats().connectionsAccepted - before.connectionsAccepted).toBe(count / places);
    expect(gateway.stats().overlappingStreams).toBe(0);
  });
});
