/**
 * Which channel carries the next stream. Places are reserved before dialling, so a burst of 2,000 opens
 * exactly 25 connections at 80 a channel; channels that drain or die are replaced; a dial is shared by all
 * who wait for it, and so is its failure.
 */
import { invalidConfig } from "../errors.js";
import type { Channel } from "./channel.js";
import { type ChannelStatus, type LinkFailure, TransportOpenError } from "./transport.js";

/** What the pool has to know of a connection. */
export interface PoolChannel {
  readonly state: ChannelStatus["state"];
  /** Whether a further stream may be placed here (also while dialling: places come first). */
  readonly open: boolean;
  /** Whether more places are taken than the peer allows: the peer told so after they were reserved. */
  readonly overbooked: boolean;
  /** Settles when dialling has ended: ready, or the failure. Never rejects. */
  readonly dialled: Promise<LinkFailure | null>;
  /** Resolves when the socket is gone. */
  readonly gone: Promise<void>;
  /** Takes a place; what it returns gives the place back, once. */
  reserve(): () => void;
  status(): ChannelStatus;
  close(): void;
}

export interface ChannelListener<C> {
  /** The connection is over; its socket may take a moment longer. */
  closed(channel: C): void;
  /** The peer said how many streams it takes at once. */
  limited(maxStreams: number): void;
}

/** Begins to dial a connection. `expected`: its places, until it tells how many there are. */
export type Dial<C> = (id: number, expected: number, listener: ChannelListener<C>) => C;

/** A place on a ready channel. */
export interface Place<C extends PoolChannel = Channel> {
  readonly channel: C;
  /** Gives the place back; further calls do nothing. */
  release(): void;
}

export class ChannelPool<C extends PoolChannel = Channel> {
  readonly #dial: Dial<C>;
  /** In order of creation; closed ones are gone. */
  readonly #channels = new Set<C>();
  /** Promises of sockets that are not gone yet, those of closed channels included. */
  readonly #sockets = new Set<Promise<void>>();
  /** Places on the next channel: as many as the peer allowed on the last one. */
  #places: number;
  #nextId = 1;
  #closed = false;

  constructor(places: number, dial: Dial<C>) {
    if (!Number.isInteger(places) || places < 1)
      throw invalidConfig(`maxStreamsPerChannel must be a whole number of at least 1; got ${places}.`);
    this.#dial = dial;
    this.#places = places;
  }

  /**
   * A place on a channel that is ready. Rejects with {@link TransportOpenError} when its dial fails, and with
   * the signal's reason when it is aborted first.
   */
  async acquire(signal: AbortSignal): Promise<Place<C>> {
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

  #choose(): C {
    for (const channel of this.#channels) if (channel.open) return channel;
    const channel = this.#dial(this.#nextId, this.#places, {
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
