/** Owns the rule by which a session token is still worth sending. Never checks its signature: that is the gateway's. */
import type { Secret } from "../secret.js";

/** A token that ends sooner than this is not sent (docs/protocol.md, "Session tokens"). */
const marginSeconds = 30;

function claimsOf(token: string): unknown {
  const dot = token.indexOf(".");
  const text = dot < 0 ? "" : token.slice(0, dot);
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64url")));
  } catch {
    return undefined;
  }
}

/**
 * Whether a session token is unexpired: the text before its first `.` is unpadded base64url of a JSON object
 * with a non-negative integer `exp`, and `nowSeconds < exp − margin`. Anything else counts as expired.
 */
export function isUnexpiredSessionToken(token: Secret, nowSeconds: number, margin = marginSeconds): boolean {
  const claims = claimsOf(token.reveal());
  if (typeof claims !== "object" || claims === null || !("exp" in claims)) return false;
  const { exp } = claims;
  return (
    typeof exp === "number" && Number.isInteger(exp) && exp >= 0 && Math.floor(nowSeconds) < exp - margin
  );
}
