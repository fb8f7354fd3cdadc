/** `mooring/gateway`: the embedded gateway. */
export { startGateway } from "./embedded-gateway.js";
export type { FaultName, FaultSettings } from "./faults.js";
export type {
  ApprovalRule,
  ExecuteAnswer,
  ExecuteOptions,
  Gateway,
  GatewayEvent,
  GatewayOptions,
  GatewayRegistration,
  GatewayStats,
  OneTimeToken,
} from "./gateway.js";
