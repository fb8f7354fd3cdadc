/** Makes the transport of an adapter. */
import { invalidConfig } from "../errors.js";
import { addressOf } from "../protocol/endpoint.js";
import { adapterRow, type TransportName, transportNames } from "./adapters.js";
import { LoadedOnUse } from "./loaded-on-use.js";
import { checkTransportOptions } from "./option-table.js";
import type { DialOptions, TransportOptions } from "./options.js";
import type { Transport } from "./transport.js";
import { withWays } from "./ways.js";

/**
 * Makes a transport by its name. Opens nothing until the first stream. Throws INVALID_CONFIG that names the option.
 *
 * @example
 * ```ts
 * import { createTransport, parseEndpoint } from "mooring/transport";
 *
 * const transport = createTransport("grpc-js", {
 *   endpoint: parseEndpoint("grpc://localhost:50061"),
 *   tls: {},
 *   maxStreamsPerChannel: 80,
 *   connectTimeoutMs: 10_000,
 *   ping: { intervalMs: 30_000, timeoutMs: 10_000 },
 *   maxMessageBytes: 4 * 1024 * 1024,
 * });
 * await transport.close();
 * ```
 */
export function createTransport(name: TransportName, options: TransportOptions): Transport {
  return transportWith(name, options);
}

/** The same, with a runtime's own ways through proxies, and whom it tells. */
export function transportWith(
  name: TransportName,
  options: TransportOptions,
  { ways, warn }: Pick<DialOptions, "ways" | "warn"> = {},
): Transport {
  if (!transportNames.includes(name))
    throw invalidConfig(`There is no transport "${name}". Known: ${transportNames.join(", ")}.`);
  const withOwn = withWays(checkTransportOptions(options, "createTransport()"), ways);
  const checked = warn ? { ...withOwn, warn } : withOwn;
  const row = adapterRow(name);
  const { speaks } = row;
  if (checked.endpoint.transport !== speaks)
    throw invalidConfig(
      `endpoint is ${addressOf(checked.endpoint)}, but the transport ${name} speaks ${speaks}: give an address of ${speaks}.`,
    );
  return new LoadedOnUse(name, row, checked);
}
