/** Refuses options of the embedded gateway that do not exist, and values of the wrong kind. */
import { type Call, checkOptions } from "../options/check.js";
import { type Kind, logger, number, text } from "../options/kinds.js";
import type { GatewayOptions } from "./gateway.js";

const approval: Kind = {
  wanted: '"automatic", "manual" or a function',
  is: (value) => value === "automatic" || value === "manual" || typeof value === "function",
  isOpen: true,
};

const startGateway: Call = {
  name: "startGateway()",
  table: {
    host: text,
    port: number,
    tls: { cert: text, key: text, clientCa: text },
    approval,
    adminToken: text,
    realm: text,
    maxMessageBytes: number,
    maxConcurrentStreams: number,
    logger,
  } satisfies Record<keyof GatewayOptions, unknown>,
};

/** Throws INVALID_CONFIG that names the option. */
export function checkGatewayOptions(options: GatewayOptions): void {
  checkOptions(options, startGateway);
}
