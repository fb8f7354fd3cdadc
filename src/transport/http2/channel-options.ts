/** What a connection is made from, of the options of a transport. */
import type { Way, Ways } from "../../network/proxy/dialler.js";
import type { DialOptions } from "../options.js";
import type { TlsOptions } from "../tls.js";

export interface ChannelOptions {
  readonly host: string;
  readonly authority: string;
  readonly tls: TlsOptions | null;
  /** Places for streams, unless the peer allows fewer. */
  readonly places: number;
  /** Dial, TLS and SETTINGS together, in ms. */
  readonly connectTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly ways?: Ways;
}

export const channelOptions = ({ endpoint, ...options }: DialOptions): ChannelOptions => ({
  host: endpoint.host,
  authority: endpoint.authority,
  tls: endpoint.tls ? options.tls : null,
  places: options.maxStreamsPerChannel,
  connectTimeoutMs: options.connectTimeoutMs,
  pingIntervalMs: options.ping.intervalMs,
  pingTimeoutMs: options.ping.timeoutMs,
  ...(options.ways ? { ways: options.ways } : {}),
});

/** The way through a proxy, as it is to be chosen for a dial now; undefined: directly. */
export const wayOf = (options: ChannelOptions): Way | undefined =>
  options.ways?.to({ host: options.host, port: portOf(options), tls: options.tls !== null });

/** What TLS is to agree on. */
export const alpn: readonly string[] = ["h2"];

/** In its normal form, as Connect compares it with a request's: no default port. */
export const originOf = ({ tls, authority }: ChannelOptions): string =>
  new URL(`${tls ? "https" : "http"}://${authority}`).origin;

export const portOf = (options: ChannelOptions): number =>
  Number(new URL(originOf(options)).port || (options.tls ? 443 : 80));
