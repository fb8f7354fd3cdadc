/**
 * A transport made of two, of which it uses the one that reaches the gateway. A try dials the chosen one. While none is
 * chosen, a try dials both, one after the other; together they have the time limit of one try, and count as one.
 */
import type { Way } from "../../machines/transport-choice.js";
import {
  type ChannelStatus,
  type OpenOptions,
  type Transport,
  type TransportInUse,
  TransportOpenError,
  type TransportStream,
} from "../transport/transport.js";
import { type ChoiceChange, type ToldWay, TransportChoice } from "./choice.js";
import { WatchedSink, WatchedStream } from "./watched-stream.js";
import { bothFailed, failedOpening } from "./way-failures.js";

export interface Ways {
  readonly authorities: Readonly<Record<Way, string>>;
  readonly tls: boolean;
  /** Opens nothing until the first stream. */
  readonly make: (way: Way) => Transport;
  /** Monotonic, in ms. */
  readonly now: () => number;
  readonly changed: (change: ChoiceChange) => void;
}

/** A way's transport, and those who open streams on it at this moment. */
interface Carrier {
  readonly transport: Transport;
  openings: number;
}

export class ChosenTransport implements Transport {
  readonly #ways: Ways;
  readonly #choice: TransportChoice;
  readonly #carriers = new Map<Way, Carrier>();
  /** Of those that were given up: their sockets may take a moment. */
  readonly #closing = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  constructor(ways: Ways) {
    this.#ways = ways;
    this.#choice = new TransportChoice((change) => {
      ways.changed(change);
      this.#tidy();
    });
  }

  get kind(): Way {
    return this.#choice.order[0];
  }

  get tls(): boolean {
    return this.#ways.tls;
  }

  get authority(): string {
    return this.#ways.authorities[this.inUse().kind ?? this.kind];
  }

  inUse(): TransportInUse {
    return this.#choice.inUse();
  }

  told(told: ToldWay): void {
    this.#choice.told(told);
  }

  async open(options: OpenOptions): Promise<TransportStream> {
    const [first, second] = this.#choice.order;
    const { timeoutMs } = options;
    if (second === undefined) return this.#open(first, options, options.first, timeoutMs);
    const began = this.#ways.now();
    try {
      return await this.#open(first, options, options.first, Math.ceil(timeoutMs / 2));
    } catch (error) {
      // Others may have found meanwhile that the gateway answers on the first.
      const isWorthIt = failedOpening(error) && this.#choice.order.some((way) => way === second);
      if (!isWorthIt) throw error;
      const left = Math.max(1, timeoutMs - (this.#ways.now() - began));
      return await this.#open(second, options, options.firstOver?.(second) ?? options.first, left).catch(
        (other: unknown) => {
          throw options.signal.aborted
            ? other
            : bothFailed({ kind: first, error }, { kind: second, error: other });
        },
      );
    }
  }

  channels(): readonly ChannelStatus[] {
    return [...this.#carriers.values()].flatMap(({ transport }) => transport.channels());
  }

  async close(): Promise<void> {
    this.#closed ??= Promise.all([
      ...this.#closing,
      ...[...this.#carriers.values()].map(({ transport }) => transport.close()),
    ]).then(() => {});
    await this.#closed;
  }

  async #open(
    way: Way,
    options: OpenOptions,
    first: OpenOptions["first"],
    timeoutMs: number,
  ): Promise<TransportStream> {
    if (this.#closed)
      throw new TransportOpenError({ cause: "outbound-closed", detail: "The transport is closed." });
    const carrier = this.#carrier(way);
    const { round } = this.#choice;
    const sink = new WatchedSink(way, options.sink, this.#choice, () => this.#tidy());
    carrier.openings += 1;
    try {
      return new WatchedStream(await carrier.transport.open({ ...options, first, sink, timeoutMs }), sink);
    } catch (error) {
      sink.dropped();
      const failure = failedOpening(error);
      if (failure) this.#choice.failed(way, round, false, failure);
      throw error;
    } finally {
      carrier.openings -= 1;
      this.#tidy();
    }
  }

  #carrier(way: Way): Carrier {
    const known = this.#carriers.get(way);
    if (known) return known;
    const carrier = { transport: this.#ways.make(way), openings: 0 };
    this.#carriers.set(way, carrier);
    return carrier;
  }

  /** Connections that stayed open on the way that was not chosen are closed, once they carry nothing. */
  #tidy(): void {
    const { order } = this.#choice;
    if (this.#closed || order.length > 1) return;
    for (const [way, { transport, openings }] of this.#carriers) {
      const isIdle = openings === 0 && transport.channels().every(({ streams }) => streams === 0);
      if (way === order[0] || !isIdle) continue;
      this.#carriers.delete(way);
      const closing = transport.close().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
  }
}
