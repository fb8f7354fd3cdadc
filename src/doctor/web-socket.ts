/** Checks a gateway's WebSocket as connectors use it: the upgrade, and the join of their channel. */
import type { WebSocket } from "ws";
import { codeOf } from "../errors.js";
import { FrameWriter, frameOf, replyOf, socketPath } from "../protocol/phoenix-frames.js";
import { dialWebSocket, type WebSocketDial } from "../transport/web-socket-dial.js";
import { type Finding, findingsOf } from "./finding.js";

const { ok, fail } = findingsOf("gateway");

/** Why the channel does not open, without a word of the peer's. */
interface Trouble {
  readonly code: string;
  readonly fix: string;
}

const look = "look at the gateway's log for why it does not open its channel for connectors";

const address = `check that this is a gateway's address, and that what lies between lets WebSocket through to ${socketPath}`;

/** Undefined: the channel has opened. */
function joined(socket: WebSocket, limitMs: number): Promise<Trouble | undefined> {
  const writer = new FrameWriter();
  return new Promise((resolve) => {
    const silence = {
      code: "TIMEOUT",
      fix: "check firewalls and proxies on the way, and whether the gateway is stuck",
    };
    const timer = setTimeout(() => resolve(silence), limitMs);
    socket.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: `WS_${code}`, fix: look });
    });
    socket.on("unexpected-response", (request, response) => {
      resolve({ code: `HTTP_${response.statusCode}`, fix: address });
      request.destroy();
    });
    socket.on("error", (error) => {
      const fix =
        "check that this is the gateway's address, and that what lies between lets WebSocket through";
      resolve({ code: codeOf(error), fix });
    });
    socket.on("open", () => socket.send(writer.join()));
    socket.on("message", (data) => {
      const frame = frameOf(String(data));
      const reply = frame && replyOf(frame);
      if (!reply || frame.ref !== writer.joinRef) return;
      resolve(reply.status === "ok" ? undefined : { code: "JOIN_REFUSED", fix: look });
    });
  });
}

/** Ends within `limitMs`; registers nobody. */
export async function checkWebSocket(dial: WebSocketDial, limitMs: number): Promise<Finding> {
  const { authority } = dial.endpoint;
  const socket = dialWebSocket(dial);
  const trouble = await joined(socket, limitMs);
  socket.terminate();
  if (!trouble) return ok(`WebSocket: ${authority} opens its channel for connectors`);
  return fail(
    `WebSocket: ${authority} does not open its channel for connectors (${trouble.code})`,
    trouble.fix,
  );
}
