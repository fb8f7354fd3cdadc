/** The options of a transport, a row for each. */

import { isObject } from "../is-object.js";
import type { ProxyOption } from "../network/proxy/choose.js";
import { parseProxy } from "../network/proxy/proxy-url.js";
import { type Call, checkOptions } from "../options/check.js";
import { type Kind, text } from "../options/kinds.js";
import { bounded } from "../options/ranges.js";
import {
  bytesRow,
  countRow,
  type Facts,
  type Rows,
  required,
  row,
  switchRow,
  textRow,
  timeRow,
} from "../options/rows.js";
import type { Endpoint } from "../protocol/endpoint.js";
import { messageBytes, socketLimits } from "../protocol/limits.js";
import type { TransportOptions } from "./options.js";
import type { TlsOptions } from "./tls.js";

/** Of `tls`, wherever it is given. */
export const tlsOptions = {
  ca: textRow({
    says: "Certificates (PEM) trusted in addition to the system's roots.",
    usually: "the system's roots alone",
  }),
  caFile: textRow({ says: "The same as `ca`, in a file.", environment: ["MATRIX_TLS_CA_CERT"] }),
  cert: textRow({ says: "Client certificate (PEM); needs its key." }),
  certFile: textRow({ says: "The same as `cert`, in a file; read again at each dial." }),
  key: textRow({ says: "Key of the client certificate (PEM)." }),
  keyFile: textRow({ says: "The same as `key`, in a file; read again at each dial." }),
  serverName: textRow({ says: "The name the certificate must have.", usually: "the dialled host" }),
  insecure: switchRow({
    says: "Accept any certificate; for development only, wins over `ca`.",
    usually: "false",
    environment: ["MATRIX_TLS_INSECURE"],
  }),
} satisfies Rows<TlsOptions>;

const proxyKind: Kind<ProxyOption> = {
  wanted: "the address of a proxy, false, or a function",
  is: (value): value is ProxyOption => text.is(value) || value === false || typeof value === "function",
};

/** Of `proxy`, wherever it is given. */
export const proxyRow = <Given extends Facts<ProxyOption>>(facts: Given) => row(proxyKind, facts);

const endpoint: Kind<Endpoint> = {
  wanted: "what parseEndpoint() returns",
  is: (value): value is Endpoint => isObject(value) && "authority" in value,
};

/** What `createRuntime` takes, too, where it has defaults. */
export const dialOptions = {
  maxStreamsPerChannel: countRow({ says: "Streams on one connection." }),
  maxRegistrationsPerSocket: countRow({
    says: "Registrations of one tenant on one WebSocket; a further one opens another socket.",
    default: socketLimits.places,
  }),
  connectTimeoutMs: timeRow(1, {
    says: "Time for dialling and opening a stream. The register answer and each credential call get three times as much.",
  }),
  ping: {
    intervalMs: timeRow(1, { says: "A PING goes out this often on each connection." }),
    timeoutMs: timeRow(1, { says: "A connection whose PING is not answered in this time is given up." }),
  },
  maxMessageBytes: bytesRow(messageBytes.least, messageBytes.most, {
    says: "Largest message taken or sent. A larger request or result is answered as failed.",
  }),
};

/** Of `mooring/transport`, which has no defaults. */
export const transportOptions = {
  endpoint: row(endpoint, {
    says: "Where to dial, as `parseEndpoint()` returns it.",
    takes: "endpoint",
    required: true,
  }),
  tls: tlsOptions,
  proxy: proxyRow({
    says: "The HTTP proxy that connections lead through: `http://user:password@host:port` or `https://…`, `false` for none, or a function of the target that is asked at each dial and returns either. The environment is not read.",
    usually: "none",
  }),
  maxStreamsPerChannel: required(dialOptions.maxStreamsPerChannel),
  maxRegistrationsPerSocket: dialOptions.maxRegistrationsPerSocket,
  connectTimeoutMs: required(dialOptions.connectTimeoutMs),
  ping: {
    intervalMs: required(dialOptions.ping.intervalMs),
    timeoutMs: required(dialOptions.ping.timeoutMs),
  },
  maxMessageBytes: required(dialOptions.maxMessageBytes),
} satisfies Rows<TransportOptions, "tls" | "ping">;

/** What to give. */
const advice: NonNullable<Call["required"]> = {
  endpoint: 'parseEndpoint("grpc://host:port")',
  tls: "{} for the system's roots",
  maxStreamsPerChannel: "a number, such as 80",
  connectTimeoutMs: "a time in ms, such as 10000",
  ping: "{ intervalMs: 30000, timeoutMs: 10000 }",
  "ping.intervalMs": "a time in ms, such as 30000",
  "ping.timeoutMs": "a time in ms, such as 10000",
  maxMessageBytes: "a number, such as 4194304",
};

/** The numbers as they count. Throws INVALID_CONFIG that names the option. `name` is the call, as people write it. */
export function checkTransportOptions(options: TransportOptions, name: string): TransportOptions {
  checkOptions(options, { name, table: transportOptions, required: advice });
  const { ping, maxStreamsPerChannel, maxRegistrationsPerSocket, connectTimeoutMs, maxMessageBytes } =
    dialOptions;
  if (typeof options.proxy === "string") parseProxy(options.proxy, "proxy");
  return {
    ...options,
    maxStreamsPerChannel: bounded("maxStreamsPerChannel", options.maxStreamsPerChannel, maxStreamsPerChannel),
    maxRegistrationsPerSocket: bounded(
      "maxRegistrationsPerSocket",
      options.maxRegistrationsPerSocket ?? maxRegistrationsPerSocket.default,
      maxRegistrationsPerSocket,
    ),
    connectTimeoutMs: bounded("connectTimeoutMs", options.connectTimeoutMs, connectTimeoutMs),
    ping: {
      intervalMs: bounded("ping.intervalMs", options.ping.intervalMs, ping.intervalMs),
      timeoutMs: bounded("ping.timeoutMs", options.ping.timeoutMs, ping.timeoutMs),
    },
    maxMessageBytes: bounded("maxMessageBytes", options.maxMessageBytes, maxMessageBytes),
  };
}
