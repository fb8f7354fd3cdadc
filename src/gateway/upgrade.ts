/** Takes WebSocket upgrades of connectors on the gateway's port; every other upgrade is refused. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { heldSkipLimit } from "../protocol/limits.js";
import { socketPath } from "../protocol/phoenix-frames.js";
import { ApiError } from "../serving/api-error.js";
import { refuseUpgrade } from "../serving/refuse-upgrade.js";
import { targetOf } from "../serving/request-target.js";
import { ConnectorSocket } from "./connector-socket.js";
import type { GatewayCore } from "./core.js";

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** `refuseForeign` throws an ApiError for a web page of another origin. */
export function connectorUpgrades(
  core: GatewayCore,
  refuseForeign: (request: IncomingMessage) => void,
): Upgrade {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: heldSkipLimit(core.maxMessageBytes) * 2,
  });
  return (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    try {
      refuseForeign(request);
      if (targetOf(request).pathname !== socketPath)
        throw new ApiError(404, "UNKNOWN_PATH", `Connectors open their WebSocket at ${socketPath}.`);
    } catch (error) {
      const { status, message } =
        error instanceof ApiError ? error : new ApiError(400, "INVALID_REQUEST", "The upgrade is malformed.");
      return refuseUpgrade(socket, status, message);
    }
    server.handleUpgrade(request, socket, head, (ws) => new ConnectorSocket(core, ws, socket));
  };
}
