/** Refuses options of a transport that are missing or do not exist, and values of the wrong kind. */
import { type Call, checkOptions } from "../options/check.js";
import { type Kind, number, onOff, text } from "../options/kinds.js";
import { isObject } from "../protocol/is-object.js";
import type { TransportOptions } from "./options.js";
import type { TlsOptions } from "./tls.js";

/** Of `tls`, wherever it is given. */
export const tlsOptions: Readonly<Record<keyof TlsOptions, Kind>> = {
  ca: text,
  caFile: text,
  cert: text,
  certFile: text,
  key: text,
  keyFile: text,
  serverName: text,
  insecure: onOff,
};

const endpoint: Kind = {
  wanted: "what parseEndpoint() returns",
  is: (value) => isObject(value) && "authority" in value,
};

const table = {
  endpoint,
  tls: tlsOptions,
  maxStreamsPerChannel: number,
  connectTimeoutMs: number,
  ping: { intervalMs: number, timeoutMs: number },
  maxMessageBytes: number,
} satisfies Record<keyof TransportOptions, unknown>;

const required: NonNullable<Call["required"]> = {
  endpoint: 'parseEndpoint("grpc://host:port")',
  tls: "{} for the system's roots",
  maxStreamsPerChannel: "a number, such as 80",
  connectTimeoutMs: "a time in ms, such as 10000",
  ping: "{ intervalMs: 30000, timeoutMs: 10000 }",
  "ping.intervalMs": "a time in ms, such as 30000",
  "ping.timeoutMs": "a time in ms, such as 10000",
  maxMessageBytes: "a number, such as 4194304",
};

/** Throws INVALID_CONFIG that names the option. `name` is the call, as people write it. */
export function checkTransportOptions(options: TransportOptions, name: string): void {
  checkOptions(options, { name, table, required });
}
