/** The moments of an opening that no real connection brings about on purpose. */
import { describe, expect, it } from "vitest";
import { type Cancellable, Cancellation } from "../../src/cancellation.js";
import { openStream, type StartedStream } from "../../src/transport/pool/opening.js";
import type { Place } from "../../src/transport/pool/place.js";
import type { ChannelPool, PoolChannel } from "../../src/transport/pool/pool.js";
import { type OpenOptions, TransportOpenError } from "../../src/transport/transport.js";
import { withResolvers } from "../../src/with-resolvers.js";

interface Given {
  readonly timeoutMs?: number;
  readonly takeReady?: () => Place<PoolChannel> | undefined;
  readonly acquire?: (limit: Cancellable) => Promise<Place<PoolChannel>>;
  readonly start: (written: () => void, signal: Cancellation) => StartedStream;
}

function opening({ timeoutMs = 60_000, takeReady, acquire, start }: Given) {
  const signal = new Cancellation();
  const seen: string[] = [];
  const place = {
    channel: { ask: () => seen.push("asked") },
    release: () => seen.push("released"),
    failed: () => seen.push("failed"),
  } as unknown as Place<PoolChannel>;
  const pool = {
    takeReady: takeReady ?? (() => (acquire ? undefined : place)),
    acquire: acquire ?? (() => Promise.resolve(place)),
  } as unknown as ChannelPool<PoolChannel>;
  const stream = { drop: () => seen.push("dropped") } as unknown as StartedStream;
  const opened = openStream(pool, { signal, timeoutMs } as unknown as OpenOptions, (_, written) => {
    seen.push("started");
    return start(written, signal) ?? stream;
  });
  return { opened, signal, seen, place, stream };
}

const started = undefined as unknown as StartedStream;

describe("an opening", () => {
  it("on a channel that is ready gives its stream once that is written", async () => {
    let written = () => {};
    const { opened, stream, seen } = opening({
      start: (tell) => {
        written = tell;
        return started;
      },
    });
    written();
    expect(await opened).toBe(stream);
    expect(seen).toEqual(["started"]);
  });

  it("given up while it is started drops the stream and gives the place back", async () => {
    const { opened, seen } = opening({
      start: (_, signal) => {
        signal.abort(new Error("stopped"));
        return started;
      },
    });
    await expect(opened).rejects.toThrow("stopped");
    expect(seen).toEqual(["started", "released", "dropped"]);
  });

  it("given up while a place is on its way gives that back, and starts nothing", async () => {
    const { promise, resolve } = withResolvers<Place<PoolChannel>>();
    const { opened, signal, seen, place } = opening({ acquire: () => promise, start: () => started });
    resolve(place);
    signal.abort(new Error("stopped"));
    await expect(opened).rejects.toThrow("stopped");
    expect(seen).toEqual(["released"]);
  });

  it("that is not written in time has the connection asked, and drops the stream", async () => {
    const { opened, seen } = opening({ timeoutMs: 1, start: () => started });
    await expect(opened).rejects.toMatchObject({ failure: { cause: "open-timeout" } });
    expect(seen).toEqual(["started", "failed", "asked", "dropped"]);
  });

  it("for which there is no place in time says so", async () => {
    const untilGivenUp = (limit: Cancellable) =>
      new Promise<never>((_, reject) => limit.addEventListener("abort", () => reject(limit.reason)));
    const { opened } = opening({ timeoutMs: 1, acquire: untilGivenUp, start: () => started });
    await expect(opened).rejects.toMatchObject({ failure: { cause: "connect-timeout" } });
  });

  it("whose pool throws is a failed opening, and leaves no listener behind", async () => {
    const { opened, signal } = opening({
      takeReady: () => {
        throw new Error("broken");
      },
      start: () => started,
    });
    await expect(opened).rejects.toBeInstanceOf(TransportOpenError);
    let isCalled = false;
    signal.addEventListener("abort", () => {
      isCalled = true;
    });
    signal.abort();
    expect(isCalled).toBe(true);
  });
});
