/** How long one request may take. */
import type { Connector } from "./connector.js";

/** The connector's own limit for this capability, in ms; undefined where it has none, and whoever runs it decides. */
export const ownLimitOf = (connector: Connector, capabilityId: string | undefined): number | undefined =>
  connector.timeoutFor?.(capabilityId) ?? connector.timeoutMs;
