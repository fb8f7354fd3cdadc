/** `mooring/gateway`: the embedded gateway. */
export { startGateway } from "./embedded-gateway.js";
export type { FaultName, FaultSettings } from "./faults.js";
export type {
  ApprovalRule,
  ExecuteAnswer,
  ExecuteOptions,
  Gateway,
  GatewayClient,
  GatewayEvent,
  GatewayOptions,
  GatewayRegistration,
  GatewayStats,
  MountedKeyClient,
  OneTimeToken,
  OneTimeTokenOwner,
  SignInConfig,
} from "./gateway.js";
