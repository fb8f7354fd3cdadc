/** A WebSocket of the package ws at one end of a relay: its messages as relayed frames, and those as its messages. */
import type { WebSocket } from "ws";
import { bytesOfRaw, type RelayFrame } from "./relay-frames.js";

/** Calls `take` with each frame from now on. */
export function onFrames(socket: WebSocket, take: (frame: RelayFrame) => void): void {
  socket.on("message", (data, isBinary) =>
    take(isBinary ? { type: "binary", bytes: bytesOfRaw(data) } : { type: "text", text: String(data) }),
  );
  socket.on("ping", (bytes) => take({ type: "ping", bytes }));
  socket.on("pong", (bytes) => take({ type: "pong", bytes }));
}

/** `written` is called when the operating system has it, and when it cannot be written any more. */
export function writeFrame(socket: WebSocket, frame: RelayFrame, written: () => void): void {
  if (frame.type === "text") socket.send(frame.text, { binary: false }, written);
  else if (frame.type === "binary") socket.send(frame.bytes, { binary: true }, written);
  else socket[frame.type](frame.bytes, undefined, written);
}
