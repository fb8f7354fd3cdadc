/** What every transport adapter is made from. */
import type { Endpoint } from "../protocol/endpoint.js";
import type { ChannelOptions } from "./channel.js";
import type { TlsOptions } from "./tls.js";

export interface TransportOptions {
  readonly endpoint: Endpoint;
  /** Used when the endpoint wants TLS. */
  readonly tls: TlsOptions;
  readonly maxStreamsPerChannel: number;
  readonly connectTimeoutMs: number;
  readonly ping: { readonly intervalMs: number; readonly timeoutMs: number };
  /** Largest message in either direction, in bytes. */
  readonly maxMessageBytes: number;
}

export const channelOptions = ({ endpoint, ...options }: TransportOptions): ChannelOptions => ({
  host: endpoint.host,
  authority: endpoint.authority,
  tls: endpoint.tls ? options.tls : null,
  places: options.maxStreamsPerChannel,
  connectTimeoutMs: options.connectTimeoutMs,
  pingIntervalMs: options.ping.intervalMs,
  pingTimeoutMs: options.ping.timeoutMs,
});
