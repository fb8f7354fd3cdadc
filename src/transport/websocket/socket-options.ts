/** What a socket is dialled with. */
import type { SocketPolicy } from "../../../machines/index.js";
import type { Way } from "../../network/proxy/dialler.js";
import type { Endpoint } from "../../protocol/endpoint.js";
import { heldSkipLimit, socketLimits } from "../../protocol/limits.js";
import type { DialOptions } from "../options.js";
import type { TlsOptions } from "../tls.js";

export interface SocketOptions {
  readonly endpoint: Endpoint;
  readonly tls: TlsOptions;
  readonly way: () => Way | undefined;
  readonly policy: SocketPolicy;
  readonly maxMessageBytes: number;
  /** Larger frames end the socket before they are read. */
  readonly maxFrameBytes: number;
  /** Told what no registration is to be told. */
  readonly warn: NonNullable<DialOptions["warn"]>;
  /** Registrations on one socket. */
  readonly places: number;
}

/** Base64 makes four characters of three bytes. */
const carried = (bytes: number): number => Math.ceil(bytes / 3) * 4 + socketLimits.frameEnvelopeBytes;

export function socketOptions(options: DialOptions): SocketOptions {
  const { endpoint, tls, ping, connectTimeoutMs, maxMessageBytes } = options;
  return {
    endpoint,
    tls,
    way: () => options.ways?.to({ host: endpoint.host, port: endpoint.port, tls: endpoint.tls }),
    policy: {
      connectTimeoutMs,
      joinTimeoutMs: socketLimits.joinTimeoutMs,
      beatIntervalMs: Math.min(ping.intervalMs, socketLimits.longestBeatIntervalMs),
      beatTimeoutMs: ping.timeoutMs,
      leaveTimeoutMs: socketLimits.leaveTimeoutMs,
    },
    maxMessageBytes,
    warn: options.warn ?? (() => {}),
    maxFrameBytes: carried(heldSkipLimit(maxMessageBytes)),
    places: options.maxRegistrationsPerSocket ?? socketLimits.places,
  };
}
