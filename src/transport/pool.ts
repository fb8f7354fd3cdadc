/**
 * Which channel carries the next stream. Places are reserved before dialling, so a burst of 2,000 opens
 * exactly 25 connections at 80 a channel; channels that drain or die are replaced; a dial is shared by all
 * who wait for it, and so is its failure.
 */
import { invalidConfig } from "../errors.js";
import { Channel, type ChannelOptions, originOf } from "./channel.js";
import { type ChannelStatus, type LinkFailure, TransportOpenError } from "./transport.js";

/** A place on a ready channel. */
export interface Place {
  readonly channel: Channel;
  /** Gives the place back; further calls do nothing. */
  release(): void;
}

export class ChannelPool {
  /** Of every channel; see `originOf`. */
  readonly origin: string;
  readonly #options: ChannelOptions;
  /** In order of creation; closed ones are gone. */
  readonly #channels = new Set<Channel>();
  /** Promises of sockets that are not gone yet, those of closed channels included. */
  readonly #sockets = new Set<Promise<void>>();
  /** Places on the next channel: as many as the peer allowed on the last one. */
  #places: number;
  #nextId = 1;
  #closed = false;

  constructor(options: ChannelOptions) {
    if (!Number.isInteger(options.places) || options.places < 1) {
      throw invalidConfig(
        `maxStreamsPerChannel must be a whole number of at least 1; got ${options.places}.`,
      );
    }
    this.origin = originOf(options);
    this.#options = options;
    this.#places = options.places;
  }

  /**
   * A place on a channel that is ready. Rejects with {@link TransportOpenError} when its dial fails, and with
   * the signal's reason when it is aborted first.
   */
  async acquire(signal: AbortSignal): Promise<Place> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#closed)
        throw new TransportOpenError({ cause: "outbound-closed", detail: "The transport is closed." });
      const channel = this.#choose();
      const release = channel.reserve();
      try {
        const failure = channel.state === "ready" ? null : await untilAborted(channel.dialled, signal);
        if (failure) throw new TransportOpenError(failure);
      } catch (error) {
        release();
        throw error;
      }
      if (channel.state === "ready" && !channel.overbooked) return { channel, release };
      // The peer takes fewer streams than were reserved, or asked the connection back meanwhile: elsewhere.
      release();
    }
  }

  status(): readonly ChannelStatus[] {
    return [...this.#channels].map((channel) => channel.status());
  }

  /** Resolves when every socket is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const channel of [...this.#channels]) channel.close();
    await Promise.all(this.#sockets);
  }

  #choose(): Channel {
    for (const channel of this.#channels) if (channel.open) return channel;
    const channel = new Channel(this.#nextId, this.#options, this.#places, {
      closed: (one) => this.#channels.delete(one),
      limited: (places) => {
        this.#places = places;
      },
    });
    this.#nextId += 1;
    if (channel.state !== "closed") this.#channels.add(channel);
    const gone = channel.gone.then(() => {
      this.#sockets.delete(gone);
    });
    this.#sockets.add(gone);
    return channel;
  }
}

/** Waits for a dial, but no longer than the signal allows. Leaves no listener behind. */
function untilAborted(
  dialled: Promise<LinkFailure | null>,
  signal: AbortSignal,
): Promise<LinkFailure | null> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason);
    signal.addEventListener("abort", give, { once: true });
    dialled.then((failure) => {
      signal.removeEventListener("abort", give);
      resolve(failure);
    }, reject);
  });
}
