/** Compares secrets without saying by its duration how much of them agrees. */
import { timingSafeEqual } from "node:crypto";

export function isSameSecret(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
