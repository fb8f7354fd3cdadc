/** The registrations that a gateway lists, looked at: what answers may be no gateway. */
import type { GatewayRegistration } from "../gateway/index.js";
import { type ApiCall, isFields, noGateway } from "./gateway-api.js";

/** What commands show of one. */
export type Listed = Pick<
  GatewayRegistration,
  "key" | "state" | "connected" | "openExecutes" | "tools" | "approvalAsked"
> &
  // Other gateways need not say it.
  Partial<Pick<GatewayRegistration, "refused">>;

const isText = (value: unknown): value is string => typeof value === "string";

const isListed = (value: unknown): value is Listed =>
  isFields(value) &&
  isText(value.key) &&
  isText(value.state) &&
  typeof value.connected === "boolean" &&
  typeof value.openExecutes === "number" &&
  (value.approvalAsked === null || isText(value.approvalAsked)) &&
  (!value.refused || isText(value.refused)) &&
  Array.isArray(value.tools) &&
  value.tools.every(isText);

export async function listedBy(call: ApiCall, gatewayUrl: string): Promise<readonly Listed[]> {
  const found = await call("GET", "/api/registrations");
  if (Array.isArray(found) && found.every(isListed)) return found;
  throw noGateway(gatewayUrl, "no list of registrations");
}
