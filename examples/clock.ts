/**
 * Events from a timer: a tick on the topic `clock.tick` in each period. Each has the same id wherever it is
 * published, so several processes at one broker publish it once.
 *
 *     npm run build && npx mooring dev examples/clock.ts
 *
 * NATS: where a nats-server is, such as `127.0.0.1:4222` (none: events stay in this process).
 * EVERY_MS: the period (`1000`).
 */
import { type EventBroker, type EventConnector, eventConnector, memoryBroker } from "mooring";
import { natsBroker } from "mooring/nats";

/** Begins to tick at once; `close()` ends it, and the broker. */
export function clockConnector(everyMs: number, broker: EventBroker): EventConnector {
  const connector = eventConnector({ type: "clock", version: "1.0.0", broker });
  const tick = async () => {
    const period = Math.floor(Date.now() / everyMs);
    const payload = { period, at: new Date(period * everyMs).toISOString() };
    // It is worth nothing when the next one is there.
    await broker.publish("clock.tick", payload, { id: `tick-${everyMs}-${period}`, ttlMs: everyMs });
  };
  // A broker that is away misses a tick, and gets the next one.
  const ticking = setInterval(
    () => void tick().catch((error: Error) => process.emitWarning(error)),
    everyMs,
  ).unref();
  const close = async () => {
    clearInterval(ticking);
    await connector.close();
    await broker.close();
  };
  return { ...connector, close, [Symbol.asyncDispose]: close };
}

const { NATS, EVERY_MS = "1000" } = process.env;
const broker = NATS ? natsBroker({ servers: [NATS], stream: "clock" }) : memoryBroker();

export default clockConnector(Number(EVERY_MS), broker);
