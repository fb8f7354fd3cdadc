/** A WebSocket that an app's page opens: accepted when the connector has taken it, and then one line of frames. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { textOf } from "../errors.js";
import type { Gateway, GatewayWebSocket } from "../gateway/gateway.js";
import { closeCodes, isSendableCode, shortReason } from "../protocol/relay-frames.js";
import { onFrames, writeFrame } from "../protocol/relayed-web-socket.js";
import { refuseUpgrade } from "../serving/refuse-upgrade.js";
import type { AppPlace } from "./apps.js";
import type { Given } from "./given.js";

const relayedHeaders = ["origin", "user-agent", "sec-websocket-protocol"];

async function toPage({ frames, closed }: GatewayWebSocket, page: WebSocket): Promise<void> {
  // One after the other: what the page does not take waits at the gateway, up to its bound.
  for await (const frame of frames)
    await new Promise<void>((resolve) => {
      writeFrame(page, frame, resolve);
    });
  const { code, reason } = await closed;
  page.close(isSendableCode(code) ? code : closeCodes.failed, shortReason(reason));
}

function fromPage(page: WebSocket, socket: GatewayWebSocket): void {
  const send: GatewayWebSocket["send"] = (frame) => {
    try {
      socket.send(frame);
    } catch {
      // It is closed, and the page is being told.
    }
  };
  onFrames(page, send);
  page.on("error", () => page.terminate());
  page.on("close", (code, reason) => {
    socket.close(code === closeCodes.lost ? closeCodes.goingAway : code, String(reason));
  });
}

export async function openAppSocket(
  { gateway, acceptWebSocket }: { readonly gateway: Gateway } & Pick<Given, "acceptWebSocket">,
  { key, path }: AppPlace,
  target: URL,
  upgrade: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
): Promise<void> {
  const headers = Object.fromEntries(
    relayedHeaders.flatMap((name) => {
      const value = upgrade.request.headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
  let opened: GatewayWebSocket;
  try {
    opened = await gateway.openWebSocket(key, { path, query: target.search.slice(1), headers });
  } catch (error) {
    return refuseUpgrade(upgrade.socket, 502, textOf(error));
  }
  const goneEarly = () => opened.close(closeCodes.goingAway, "the page has gone");
  upgrade.socket.once("close", goneEarly);
  const page = await acceptWebSocket(upgrade.request, upgrade.socket, upgrade.head);
  upgrade.socket.removeListener("close", goneEarly);
  fromPage(page, opened);
  await toPage(opened, page);
}
