import { describe, expect, it } from "vitest";
import { channelPool } from "../../src/transport/http2/channel.js";

describe("the channel pool", () => {
  const options = {
    host: "127.0.0.1",
    authority: "127.0.0.1:1",
    tls: null,
    connectTimeoutMs: 60_000,
    pingIntervalMs: 30_000,
    pingTimeoutMs: 10_000,
  };

  it("[C16 #67] [T12.6 #1] starts without a connection", () => {
    expect(channelPool({ ...options, places: 80 }).status()).toEqual([]);
  });

  it("refuses a channel without places", () => {
    expect(() => channelPool({ ...options, places: 0 })).toThrow(
      "maxStreamsPerChannel must be a whole number of at least 1; got 0.",
    );
  });

  it("[C14 #76] shares one dial, and its failure, among all who wait for it", async () => {
    const pool = channelPool({ ...options, places: 80 });
    const waiting = Array.from({ length: 80 }, () => pool.acquire(new AbortController().signal));
    expect(pool.status()).toHaveLength(1);
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map((one) => (one.status === "rejected" ? one.reason.failure.cause : "opened"))).toEqual(
      Array.from({ length: 80 }, () => "unreachable"),
    );
    expect(pool.status()).toEqual([]);
  });
});
