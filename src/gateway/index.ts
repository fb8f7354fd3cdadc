/**
 * The embedded gateway: what connectors dial, for development and tests.
 *
 * @module mooring/gateway
 */

export type { RelayClose, RelayFrame } from "../protocol/relay-frames.js";
export { startGateway } from "./embedded-gateway.js";
export type { FaultName, FaultSettings, Faults } from "./faults.js";
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
  GatewayWebSocket,
  MountedKeyClient,
  OneTimeToken,
  OneTimeTokenOwner,
  SignInConfig,
  WebSocketOptions,
} from "./gateway.js";
export { type GatewayPage, type GatewayPageOptions, startGatewayPage } from "./start-page.js";
