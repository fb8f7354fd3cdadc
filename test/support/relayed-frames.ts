/** What a page's end of a relayed WebSocket gets. */
import type { RelayFrame } from "mooring";
import type { GatewayWebSocket } from "mooring/gateway";

/** So many frames, or those that came before it was closed. */
export async function take(socket: GatewayWebSocket, count: number): Promise<readonly RelayFrame[]> {
  const taken: RelayFrame[] = [];
  while (taken.length < count) {
    const { value, done } = await socket.frames.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}
