/** The options about the way to the gateway: its address, and whom to trust there. */

import type { Environment } from "../environment/environment.js";
import { invalidConfig } from "../errors.js";
import { readTextFileSync } from "../files/read-file.js";
import { type Logger, silentLogger } from "../logger.js";
import { dateWarning, pairFault } from "../network/certificate-pair.js";
import { settled } from "../options/filled.js";
import { onlyGiven } from "../options/only-given.js";
import {
  addressOf,
  dialledAddress,
  type Endpoint,
  parseDialled,
  parseEitherDialled,
  schemeOf,
} from "../protocol/endpoint.js";
import { adapterRow, type TransportSetting } from "../transport/adapters.js";
import { defaultTransports } from "../transport/default.js";
import { pairNames, type TlsOptions } from "../transport/tls.js";
import { runtimeOptions } from "./option-table.js";

/** The gateway, and what carries the streams to it. */
interface Way {
  /** As it was written. */
  readonly endpoint: Endpoint;
  readonly transport: TransportSetting;
  /** With `auto`: what each transport dials; else null. */
  readonly eitherEndpoint: Readonly<Record<Endpoint["transport"], Endpoint>> | null;
}

/**
 * The address says what is dialled, and with that which adapter carries the streams, if none is asked for. Throws
 * INVALID_CONFIG that names the option or the variable it came from.
 */
export function waySetting(
  { url, transport }: { readonly url?: string; readonly transport?: TransportSetting },
  env: Environment,
): Way {
  const { field, text } = dialledAddress({ field: "url", text: url }, env);
  const endpoint = parseDialled(text, field);
  const asked = settled("transport", transport, runtimeOptions.transport, env);
  if (asked === "auto")
    return { endpoint, transport: asked, eitherEndpoint: parseEitherDialled(text, field) };
  if (asked === undefined)
    return { endpoint, transport: defaultTransports[endpoint.transport], eitherEndpoint: null };
  const { speaks } = adapterRow(asked);
  if (speaks === endpoint.transport) return { endpoint, transport: asked, eitherEndpoint: null };
  const asking = transport === undefined ? "MOORING_TRANSPORT" : "transport";
  throw invalidConfig(
    `${asking} is ${asked}, which speaks ${speaks}, but ${asWritten(field, text)}. Write ${schemesOf[speaks]}, or leave ${asking} out.`,
  );
}

const schemesOf: Readonly<Record<Endpoint["transport"], string>> = {
  gRPC: "grpc://host:port or grpcs://host:port (TLS)",
  WebSocket: "ws://host:port or wss://host:port (TLS)",
};

function asWritten(field: string, text: string): string {
  if (field === "default") return `without url it is grpc://${text}`;
  const scheme = schemeOf(text);
  return scheme === "" ? `${field} has no scheme, which means gRPC` : `${field} begins with ${scheme}`;
}

/** Half a client certificate would show only at the first dial. */
function refuseHalf({ cert, certFile, key, keyFile }: TlsOptions): void {
  const given = (text: string | undefined) => text !== undefined;
  const certField = given(cert) ? "tls.cert" : given(certFile) ? "tls.certFile" : undefined;
  const keyField = given(key) ? "tls.key" : given(keyFile) ? "tls.keyFile" : undefined;
  if (certField && !keyField)
    throw invalidConfig(`${certField} needs its key: give tls.key or tls.keyFile with it.`);
  if (keyField && !certField)
    throw invalidConfig(`${keyField} needs its certificate: give tls.cert or tls.certFile with it.`);
}

/** A warning when options for TLS are given and the gateway is dialled without it. */
export function idleTls(options: TlsOptions | undefined, endpoint: Endpoint): string | undefined {
  const [first, ...more] = Object.keys(onlyGiven(options ?? {}));
  if (endpoint.tls || first === undefined) return undefined;
  const names = [first, ...more].map((name) => `tls.${name}`).join(", ");
  return `${names} ${more.length > 0 ? "do" : "does"} nothing for the stream, because url is ${addressOf(endpoint)}, without TLS: write ${addressOf({ ...endpoint, tls: true })} if the gateway takes TLS, or leave tls out.`;
}

/** Files are looked at again at each dial: they may come later, and change. */
function checkPair(options: TlsOptions, logger: Logger): void {
  const { cert, key } = options;
  const names = pairNames(options);
  if (cert !== undefined && key !== undefined) {
    const fault = pairFault({ cert, key }, names);
    if (fault !== undefined) throw invalidConfig(fault);
  }
  const shown = cert ?? (options.certFile === undefined ? undefined : textOfFile(options.certFile));
  const warning = shown === undefined ? undefined : dateWarning(names.cert, shown, Date.now());
  if (warning !== undefined) logger.warn({}, warning);
}

function textOfFile(path: string): string | undefined {
  try {
    return readTextFileSync(path);
  } catch {
    return undefined;
  }
}

/** Throws INVALID_CONFIG for half a client certificate, and for one that cannot be used. */
export function checkTls(options: TlsOptions, logger: Logger = silentLogger): void {
  refuseHalf(options);
  checkPair(options, logger);
}
