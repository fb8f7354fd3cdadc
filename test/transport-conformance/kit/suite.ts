/** Runs a topic's tests over every adapter, and puts away what they opened, checking that it was put away. */
import { afterEach, describe, expect, it } from "vitest";
import { addressOf, parseEndpoint } from "../../../src/protocol/endpoint.js";
import type { TlsOptions } from "../../../src/transport/tls.js";
import type { Ability, Transport, TransportStream } from "../../../src/transport/transport.js";
import { type Adapter, adapters } from "./adapters.js";
import { first, maxMessageBytes } from "./messages.js";
import { type Peer, type PeerStream, peers } from "./peer.js";
import { Recorder } from "./recorder.js";
import { ScriptedServer, type Serve, type ServerOptions } from "./scripted-server.js";

export interface LinkOptions {
  readonly host?: string;
  readonly tls?: TlsOptions;
  readonly places?: number;
  readonly connectTimeoutMs?: number;
  readonly ping?: { readonly intervalMs: number; readonly timeoutMs: number };
}

export interface OpenArguments {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly sink?: Recorder;
}

export interface OpenStream {
  readonly stream: TransportStream;
  readonly sink: Recorder;
}

/** For what hangs: half of the time that a test has, so that it is told as such. */
const patienceMs = 60_000;

export class Rig {
  readonly #adapter: Adapter;
  readonly #ends: (() => Promise<unknown> | unknown)[] = [];
  readonly #sinks: Recorder[] = [];

  constructor(adapter: Adapter) {
    this.#adapter = adapter;
  }

  /** Why the adapter cannot do this; undefined when it can. */
  lacks(ability: Ability): string | undefined {
    return this.#adapter.lacks[ability];
  }

  onEnd(end: () => Promise<unknown> | unknown): void {
    this.#ends.push(end);
  }

  async server(serve: Serve, options?: ServerOptions): Promise<ScriptedServer> {
    const server = await ScriptedServer.start(serve, options);
    this.onEnd(() => server.close());
    return server;
  }

  transport(port: number, options: LinkOptions = {}): Transport {
    const { host = "127.0.0.1", tls, places = 80, connectTimeoutMs = patienceMs } = options;
    const transport = this.#adapter.create({
      endpoint: parseEndpoint(
        addressOf({ transport: this.#adapter.speaks, tls: tls !== undefined, authority: `${host}:${port}` }),
      ),
      tls: tls ?? {},
      maxStreamsPerChannel: places,
      maxRegistrationsPerSocket: places,
      connectTimeoutMs,
      ping: options.ping ?? { intervalMs: 60_000, timeoutMs: 30_000 },
      maxMessageBytes,
    });
    this.onEnd(() => transport.close());
    return transport;
  }

  async open(transport: Transport, options: OpenArguments = {}): Promise<OpenStream> {
    const { sink = new Recorder(), signal = new AbortController().signal, timeoutMs = patienceMs } = options;
    this.#sinks.push(sink);
    const stream = await transport.open({ first, sink, signal, timeoutMs });
    return { stream, sink };
  }

  /** A server with this script, a transport to it, and one open stream. */
  async link(serve: Serve, options: LinkOptions = {}) {
    const server = await this.server(serve);
    const transport = this.transport(server.port, options);
    return { server, transport, ...(await this.open(transport)) };
  }

  /** A peer that speaks what the adapter does. */
  async peer(opened: (stream: PeerStream) => void = () => {}): Promise<Peer> {
    const peer = await peers[this.#adapter.speaks]?.(opened);
    if (!peer) throw new Error("There is no such peer in kit/peer.ts.");
    this.onEnd(() => peer.close());
    return peer;
  }

  /** A peer, a transport to it, and one open stream. */
  async peerLink(opened?: (stream: PeerStream) => void) {
    const peer = await this.peer(opened);
    const transport = this.transport(peer.port);
    return { peer, transport, ...(await this.open(transport)) };
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
    for (const sink of this.#sinks.splice(0)) expect(sink.afterEnd).toEqual([]);
  }
}

function over(some: readonly Adapter[], topic: string, define: (rig: Rig) => void): void {
  describe.each(some)(`${topic} over the $name adapter`, (adapter) => {
    const rig = new Rig(adapter);
    afterEach(() => rig.end());
    define(rig);
  });
}

/** What holds for every adapter, over a peer of its own kind. */
export function contract(topic: string, define: (rig: Rig) => void): void {
  const isReady = ({ speaks }: Adapter) => speaks in peers;
  over(adapters.filter(isReady), topic, define);
  for (const { name, speaks } of adapters.filter((one) => !isReady(one)))
    it.todo(`${topic} over the ${name} adapter: kit/peer.ts has no peer that speaks ${speaks}`);
}

/** What holds for the adapters that speak gRPC, byte by byte: the peer is scripted in HTTP/2. */
export const conformance = (topic: string, define: (rig: Rig) => void): void =>
  over(
    adapters.filter(({ speaks }) => speaks === "gRPC"),
    topic,
    define,
  );

/** Runs so many turns of the event loop: what could have happened by then has. */
export async function turns(count = 50): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
