/** A flooded registration beside a quiet one: in which order requests are begun. */
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import type { SecretKeeper } from "../../src/credentials/credentials.js";
import {
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { requestsPerTurn } from "../../src/protocol/limits.js";
import { RoundTrips } from "../../src/session/metrics-report.js";
import { StreamSession } from "../../src/session/session.js";
import { Ticker } from "../../src/session/ticker.js";
import type { TransportStream } from "../../src/transport/transport.js";
import { doorsWithout, executionWith, request } from "../support/work-rig.js";

const credentials: SecretKeeper = {
  keepSessionToken: () => {},
  recognized: () => {},
  dropSessionToken: () => {},
  deposit: () => "offer-1",
};

const turn = () => new Promise((resolve) => setImmediate(resolve));
const ids = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i}`);
const share = requestsPerTurn;

/** Delivers what has come until it is paused, as every transport does. */
class Stream implements TransportStream {
  readonly bufferedBytes = 0;
  readonly #session: StreamSession;
  #held: StreamMessage[] = [];
  #reading: "flowing" | "paused" = "flowing";

  constructor(session: StreamSession) {
    this.#session = session;
  }
  get held(): number {
    return this.#held.length;
  }
  came(requestIds: readonly string[]): void {
    for (const id of requestIds)
      this.#held.push(
        create(StreamMessageSchema, { message: { case: "executeRequest", value: request(id) } }),
      );
    this.#deliver();
  }
  send(): boolean {
    return true;
  }
  pause(): void {
    this.#reading = "paused";
  }
  resume(): void {
    this.#reading = "flowing";
    this.#deliver();
  }
  halfClose(): void {}
  abort(): void {
    this.#session.ended({ by: "local", failure: { cause: "outbound-closed" } });
  }
  #deliver(): void {
    while (this.#reading === "flowing") {
      const message = this.#held.shift();
      if (!message) return;
      this.#session.message(message);
    }
  }
}

/** A registration whose requests are answered at once; `begun` gets the id of each. */
function registration(begun: unknown[], slots = 1_000) {
  const { execution } = executionWith((asked) => void begun.push(asked.json()), {
    maxConcurrentRequests: slots,
    maxQueuedRequests: 1_000,
  });
  const session = new StreamSession({
    identity: { tenantId: "t", connectorType: "c", instanceId: "i" },
    key: "t.c.i",
    credentials,
    execution,
    doors: doorsWithout(),
    registerMessage: () => create(StreamMessageSchema),
    ticker: new Ticker(0),
    pulse: { ticker: new Ticker(0), suspectMs: 1 },
    connectionCounters: () => ({ reconnection_attempts: 0, total_disconnects: 0, successful_reconnects: 0 }),
    roundTrips: new RoundTrips(),
    addedAt: 0,
    now: () => 0,
    wallClock: () => 0,
  });
  const stream = new Stream(session);
  session.bind(stream);
  session.listen(() => {});
  session.serve();
  return { session, stream };
}

describe("requests that have come together", () => {
  it("of a flood wait behind the first of its neighbour, once its share of the turn is used up", async () => {
    const begun: unknown[] = [];
    const flooded = registration(begun);
    const quiet = registration(begun);
    const flood = ids("flood-", 2 * share + 1);
    flooded.stream.came(flood);
    quiet.stream.came(["quiet"]);
    expect(begun).toEqual([...flood.slice(0, share), "quiet"]);
    await turn();
    expect(begun.slice(share + 1)).toEqual(flood.slice(share, 2 * share));
    await turn();
    expect(begun.slice(2 * share + 1)).toEqual(flood.slice(2 * share));
  });

  it("of two floods are begun in turns", async () => {
    const begun: unknown[] = [];
    const [one, other] = [registration(begun), registration(begun)];
    one.stream.came(ids("one-", 2 * share));
    other.stream.came(ids("other-", 2 * share));
    await turn();
    const whose = begun.map((id) => String(id).replace(/-.*/, ""));
    const run = (name: string) => Array.from({ length: share }, () => name);
    expect(whose).toEqual([...run("one"), ...run("other"), ...run("one"), ...run("other")]);
  });

  it("are not held up below the share, and the next turn has a whole one", async () => {
    const begun: unknown[] = [];
    const { stream } = registration(begun);
    for (let i = 0; i < 3; i += 1) {
      stream.came(ids(`${i}-`, share - 1));
      expect(begun).toHaveLength((i + 1) * (share - 1));
      await turn();
    }
  });

  it("stay held up in a turn whatever else would read on", () => {
    const begun: unknown[] = [];
    const { session, stream } = registration(begun);
    stream.came(ids("flood-", share + 1));
    session.readOn();
    session.writable();
    expect(begun).toHaveLength(share);
    expect(stream.held).toBe(1);
  });

  it("of a stream that has ended are not asked for again", async () => {
    const begun: unknown[] = [];
    const { stream } = registration(begun);
    stream.came(ids("flood-", share + 1));
    stream.abort();
    await turn();
    expect(begun).toHaveLength(share);
  });
});
