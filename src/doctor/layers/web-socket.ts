/** Checks a gateway's WebSocket as connectors use it: the upgrade, and the join of their channel. Registers nobody. */
import type { WebSocket } from "ws";
import { FrameWriter, frameOf, replyOf, socketPath } from "../../protocol/phoenix-frames.js";
import { dialWebSocket } from "../../transport/web-socket-dial.js";
import { type Finding, timed } from "../finding.js";
import { gatewayFindings, openSocket, type Road, reason } from "./road.js";

const { ok, fail } = gatewayFindings;

/** Why it does not come about, without a word of the peer's. */
interface Trouble {
  readonly code: string;
  readonly fix: string;
}

const look = "look at the gateway's log for why it does not open its channel for connectors";

const between = "check that this is a gateway's address, and that what lies between lets WebSocket through";

const silence: Trouble = {
  code: "TIMEOUT",
  fix: "check firewalls and proxies on the way, and whether the gateway is stuck",
};

/** Undefined: it has come about. `wait` is told what to do with what it finds. */
function inTime(
  limitMs: number,
  wait: (settle: (trouble?: Trouble) => void) => void,
): Promise<Trouble | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(silence), limitMs);
    wait((trouble) => {
      clearTimeout(timer);
      resolve(trouble);
    });
  });
}

function upgraded(socket: WebSocket, limitMs: number): Promise<Trouble | undefined> {
  return inTime(limitMs, (settle) => {
    socket.once("unexpected-response", (request, { statusCode }) => {
      settle({ code: `HTTP_${statusCode}`, fix: `${between} to ${socketPath}` });
      request.destroy();
    });
    // Stays: a late 'error' must never be uncaught.
    socket.on("error", (error) => settle({ code: reason(error), fix: between }));
    socket.once("open", () => settle());
  });
}

function joined(socket: WebSocket, limitMs: number): Promise<Trouble | undefined> {
  const writer = new FrameWriter();
  return inTime(limitMs, (settle) => {
    socket.once("close", (code) => settle({ code: `WS_${code}`, fix: look }));
    socket.on("message", (data) => {
      const frame = frameOf(String(data));
      const reply = frame && replyOf(frame);
      if (!reply || frame.ref !== writer.joinRef) return;
      settle(reply.status === "ok" ? undefined : { code: "JOIN_REFUSED", fix: look });
    });
    if (socket.readyState === socket.OPEN) socket.send(writer.join());
  });
}

function told(done: string, undone: string, trouble: Trouble | undefined): Finding {
  return trouble ? fail(`${undone} (${trouble.code})`, trouble.fix, trouble.code) : ok(done);
}

/** The two steps, or the first of them when it fails. */
export async function checkWebSocket(road: Road): Promise<readonly Finding[]> {
  const { endpoint, tls, clock, limitMs } = road;
  const { authority } = endpoint;
  const socket = dialWebSocket({ endpoint, tls, tunnel: () => openSocket(road) });
  try {
    const upgrade = await timed("upgrade", clock, async () =>
      told(
        `${authority} takes the upgrade to WebSocket`,
        `WebSocket: ${authority} does not take the upgrade`,
        await upgraded(socket, limitMs),
      ),
    );
    if (upgrade.level === "fail") return [upgrade];
    const join = await timed("join", clock, async () =>
      told(
        `WebSocket: ${authority} opens its channel for connectors`,
        `WebSocket: ${authority} does not open its channel for connectors`,
        await joined(socket, limitMs),
      ),
    );
    return [upgrade, join];
  } finally {
    socket.terminate();
  }
}
