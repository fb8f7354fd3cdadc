/** Who decides about an identity, and whether it is somebody's already. */
import type { Identity } from "../protocol/identity.js";
import type { ConnectorStream } from "./connector-stream.js";
import type { GatewayCore } from "./core.js";
import { gatewayOptions } from "./option-table.js";
import type { Registration } from "./registry.js";
import { isProvenBy } from "./stream-role.js";

export function isAutomatic({ options }: GatewayCore, identity: Identity): boolean {
  const rule = options.approval ?? gatewayOptions.approval.default;
  return (typeof rule === "function" ? rule(identity) : rule) === "automatic";
}

/** Whether nobody decided about it and nothing was issued to it: it comes again as it came before. */
export function isForgettable(core: GatewayCore, { key, identity, state }: Registration): boolean {
  const isUndecided = state === "pending" || (state === "approved" && isAutomatic(core, identity));
  return isUndecided && !core.tokenServer.clients.hasOneFor(key);
}

/**
 * Whether somebody else than `asking` can prove to be this registration, or was approved and is about to. Where
 * everybody is approved, a session token proves only that a stream goes on.
 */
export function hasOwner(
  { tokenServer }: GatewayCore,
  { key, stream, state }: Registration,
  asking: ConnectorStream,
  automatic: boolean,
): boolean {
  if (tokenServer.clients.hasOneFor(key)) return true;
  const isTaken =
    stream !== undefined && stream !== asking && (isProvenBy(stream.role) || state === "approved");
  return isTaken && !automatic;
}
