/** Says no to an upgrade in words, as a server of HTTP does to a request. */
import type { Duplex } from "node:stream";

export function refuseUpgrade(socket: Duplex, status: number, words: string): void {
  const body = `${words}\n`;
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
