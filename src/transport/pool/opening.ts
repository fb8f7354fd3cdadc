/**
 * Opening a stream within its limits: a place on a channel, then the first message written. What is given up
 * or comes too late leaves nothing behind.
 */
import { Cancellation } from "../../cancellation.js";
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

export const openStream = <C extends PoolChannel>(
  pool: ChannelPool<C>,
  options: OpenOptions,
  start: StartStream<C>,
  name = "",
): Promise<TransportStream> =>
  new Promise((resolve, reject) => new Opening(pool, options, start, resolve, reject).begin(name));

/** One object for each, and one promise where a channel is ready: thousands are opened together. */
class Opening<C extends PoolChannel> {
  readonly #pool: ChannelPool<C>;
  readonly #options: OpenOptions;
  readonly #start: StartStream<C>;
  readonly #resolve: (stream: TransportStream) => void;
  readonly #reject: (reason: unknown) => void;
  /** It was given up, or comes too late. */
  readonly #limit = new Cancellation();
  #timer: NodeJS.Timeout | undefined;
  #place: Place<C> | undefined;
  #stream: StartedStream | undefined;

  constructor(
    pool: ChannelPool<C>,
    options: OpenOptions,
    start: StartStream<C>,
    resolve: (stream: TransportStream) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#pool = pool;
    this.#options = options;
    this.#start = start;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(name: string): void {
    const { signal, timeoutMs } = this.#options;
    if (signal.aborted) return this.#reject(signal.reason);
    signal.addEventListener("abort", this.#giveUp, { once: true });
    this.#timer = setTimeout(this.#tooLate, timeoutMs);
    try {
      const place = this.#pool.takeReady(name);
      if (place) return this.#startOn(place);
    } catch (error) {
      return this.#fail(error);
    }
    this.#pool.acquire(this.#limit, name).then(
      (place) => this.#startOn(place),
      (error) => this.#fail(error),
    );
  }

  readonly #giveUp = (): void => this.#stop(this.#options.signal.reason);

  readonly #tooLate = (): void => {
    const cause = this.#place ? "open-timeout" : "connect-timeout";
    this.#stop(new TransportOpenError(silentDial(cause, this.#options.timeoutMs)));
  };

  readonly #written = (): void => {
    this.#forget();
    // The stream may be over before it is known here.
    queueMicrotask(() => this.#stream && this.#resolve(this.#stream));
  };

  #startOn(place: Place<C>): void {
    this.#place = place;
    // Given up while the place was on its way.
    if (this.#limit.aborted) return this.#leavePlace(place);
    try {
      this.#stream = this.#start(place, this.#written);
    } catch (error) {
      place.release();
      return this.#fail(error);
    }
    // Given up while it was started.
    if (this.#limit.aborted) this.#stream.drop();
  }

  /** Before there is a place: the pool stops waiting for one, and says so. */
  #stop(reason: unknown): void {
    this.#limit.abort(reason);
    if (this.#place) this.#leavePlace(this.#place);
  }

  #leavePlace(place: Place<C>): void {
    const { reason } = this.#limit;
    // Connected, and not even the first message went out in time.
    if (reason instanceof TransportOpenError) {
      place.failed();
      place.channel.ask();
    }
    if (this.#stream) this.#stream.drop();
    else place.release();
    this.#fail(reason);
  }

  #fail(error: unknown): void {
    const { signal } = this.#options;
    this.#forget();
    if (signal.aborted) return this.#reject(signal.reason);
    const isTold = error instanceof TransportOpenError;
    this.#reject(isTold ? error : new TransportOpenError(linkFailure(error, "internal"), { cause: error }));
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener("abort", this.#giveUp);
  }
}
