/**
 * Opening a stream within its limits: a place on a channel, then the first message written. What is given up
 * or comes too late leaves nothing behind.
 */
import { type Cancellable, Cancellation } from "../../cancellation.js";
import { linkFailure } from "../failure-table.js";
import { silentDial } from "../loss.js";
import { type OpenOptions, TransportOpenError, type TransportStream } from "../transport.js";
import type { Place } from "./place.js";
import type { ChannelPool, PoolChannel } from "./pool.js";

export interface StartedStream extends TransportStream {
  /** Ends it without half-close and without a word to its sink: the opening was given up. */
  drop(): void;
}

/**
 * Starts a stream on a place and writes its first message. `written` is to be called when the connection has
 * taken that, or when the stream has ended before: then the sink has been told, and the opener gets its stream.
 */
export type StartStream<C extends PoolChannel> = (place: Place<C>, written: () => void) => StartedStream;

export async function openStream<C extends PoolChannel>(
  pool: ChannelPool<C>,
  { signal, timeoutMs }: OpenOptions,
  start: StartStream<C>,
  name?: string,
): Promise<TransportStream> {
  const limit = new Cancellation();
  const giveUp = () => limit.abort(signal.reason);
  if (signal.aborted) giveUp();
  else signal.addEventListener("abort", giveUp, { once: true });
  let late: "connect-timeout" | "open-timeout" = "connect-timeout";
  const tooLate = () => limit.abort(new TransportOpenError(silentDial(late, timeoutMs)));
  const timer = setTimeout(tooLate, timeoutMs);
  try {
    const place = await pool.acquire(limit, name);
    late = "open-timeout";
    return await untilWritten(place, start, limit);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof TransportOpenError
      ? error
      : new TransportOpenError(linkFailure(error, "internal"), { cause: error });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

function untilWritten<C extends PoolChannel>(
  place: Place<C>,
  start: StartStream<C>,
  signal: Cancellable,
): Promise<TransportStream> {
  return new Promise((resolve, reject) => {
    let stream: StartedStream | undefined;
    const giveUp = () => {
      // Connected, and not even the first message went out in time.
      if (signal.reason instanceof TransportOpenError) {
        place.failed();
        place.channel.ask();
      }
      if (stream) stream.drop();
      else place.release();
      reject(signal.reason);
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    const written = () => {
      signal.removeEventListener("abort", giveUp);
      // The stream may be over before it is known here.
      queueMicrotask(() => stream && resolve(stream));
    };
    try {
      stream = start(place, written);
    } catch (error) {
      signal.removeEventListener("abort", giveUp);
      place.release();
      reject(error);
    }
  });
}
