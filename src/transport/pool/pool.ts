/**
 * Which connection ("channel") carries the next stream, whatever protocol it speaks. Places are reserved before dialling, so a burst of 2,000 opens
 * exactly 25 connections at 80 a channel; channels that drain or die are replaced; a dial is shared by all
 * who wait for it, and so is its failure.
 */
import type { Cancellable } from "../../cancellation.js";
import { invalidConfig } from "../../errors.js";
import { type ChannelStatus, type LinkFailure, TransportOpenError } from "../transport.js";
import { Place } from "./place.js";
import { Retirement } from "./retirement.js";

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
  /** Present while it is doubted and worth waiting for: settles with its answer, or when that takes too long. */
  readonly doubt: Promise<void> | undefined;
  /** Whether one of this name has a place here, for channels that cannot tell two of one name apart. */
  has?(name: string): boolean;
  /** Takes a place; what it returns gives the place back, once. */
  reserve(name: string): () => void;
  status(): ChannelStatus;
  /** Has the connection checked before a further stream is placed on it. */
  ask(): void;
  /** Takes no further streams; those on it go on, and nobody is told. */
  retire(): void;
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

/** A stream on a channel, told what becomes of the connection. */
export interface ChannelWatcher {
  /** The peer asks the connection back; what runs on it may end well. */
  peerDraining(): void;
  /** The connection is over, for who does not read and so would not see it. */
  closed(): void;
}

export class ChannelPool<C extends PoolChannel> {
  readonly #dial: Dial<C>;
  /** In order of creation; closed ones are gone. */
  readonly #channels = new Set<C>();
  /** Promises of sockets that are not gone yet, those of closed channels included. */
  readonly #sockets = new Set<Promise<void>>();
  /** Places on the next channel: as many as the peer allowed on the last one. */
  #places: number;
  readonly #retirement: Retirement;
  #nextId = 1;
  #closed = false;

  /** `now` is monotonic, in ms. */
  constructor(places: number, dial: Dial<C>, now: () => number = () => performance.now()) {
    if (!Number.isInteger(places) || places < 1)
      throw invalidConfig(`maxStreamsPerChannel must be a whole number of at least 1; got ${places}.`);
    this.#dial = dial;
    this.#places = places;
    this.#retirement = new Retirement(now);
  }

  /** A place beside no other of that `name`, where a channel is ready now; undefined: {@link acquire} waits for one. */
  takeReady(name: string): Place<C> | undefined {
    const channel = this.#closed ? undefined : this.#openFor(name);
    if (channel?.state !== "ready" || channel.overbooked) return undefined;
    return new Place(channel, channel.reserve(name), this.#retirement);
  }

  /**
   * A place on a channel that is ready, beside no other of that `name`. Rejects with {@link TransportOpenError} when its dial fails, and with
   * the signal's reason when it is aborted first.
   */
  async acquire(signal: Cancellable, name = ""): Promise<Place<C>> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#closed)
        throw new TransportOpenError({ cause: "outbound-closed", detail: "The transport is closed." });
      const doubt = this.#doubt();
      if (doubt) {
        await untilAborted(doubt, signal);
        continue;
      }
      const channel = this.#choose(name);
      const release = channel.reserve(name);
      try {
        const failure = channel.state === "ready" ? null : await untilAborted(channel.dialled, signal);
        if (failure) throw new TransportOpenError(failure);
      } catch (error) {
        release();
        throw error;
      }
      if (channel.state === "ready" && !channel.overbooked)
        return new Place(channel, release, this.#retirement);
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

  /** What to wait for when no channel is open, but one may be in a moment. */
  #doubt(): Promise<void> | undefined {
    let doubt: Promise<void> | undefined;
    for (const channel of this.#channels) {
      if (channel.open) return undefined;
      doubt ??= channel.doubt;
    }
    return doubt;
  }

  #openFor(name: string): C | undefined {
    for (const channel of this.#channels) if (channel.open && !channel.has?.(name)) return channel;
    return undefined;
  }

  #choose(name: string): C {
    const open = this.#openFor(name);
    if (open) return open;
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

/** Waits for a dial or an answer, but no longer than the signal allows. Leaves no listener behind. */
function untilAborted<T>(dialled: Promise<T>, signal: Cancellable): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason);
    signal.addEventListener("abort", give, { once: true });
    dialled.then((failure) => {
      signal.removeEventListener("abort", give);
      resolve(failure);
    }, reject);
  });
}
