/** DATA frames of one byte each, and what a process holds while they come. */
import type { Writable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** In JavaScript's heap and outside of it, where queued bytes are. */
export function heldBytes(): number {
  collect();
  const { external, arrayBuffers, heapUsed } = process.memoryUsage();
  return external + arrayBuffers + heapUsed;
}

/** Each byte is on its way before the next is written, so that no two share a frame. */
export async function writeByBytes(stream: Writable, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += 1)
    await new Promise((resolve) => stream.write(bytes.subarray(at, at + 1), resolve));
}
