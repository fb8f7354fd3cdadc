/** Memory that connections write frames into, shared by all: a connection has one only while it writes. */
import { slabBytes } from "../../protocol/limits.js";

/** So many are kept while nobody needs them. */
const mostIdle = 64;
const idle: Buffer[] = [];

export const takeSlab = (): Buffer => idle.pop() ?? Buffer.allocUnsafeSlow(slabBytes);

/** Nobody may look at it from here on. */
export function giveSlab(slab: Buffer): void {
  if (idle.length < mostIdle) idle.push(slab);
}
