/** One-time tokens, each bound to a tenant, type and instance, with an expiry. */
import { randomBytes } from "node:crypto";
import { type Identity, registrationKey } from "../protocol/identity.js";
import type { OneTimeToken } from "./gateway.js";

const defaultTtlMs = 10 * 60_000;

export class OneTimeTokens {
  readonly #tokens = new Map<string, { readonly identity: Identity; readonly expiresAt: number }>();

  issue(identity: Identity, ttlMs = defaultTtlMs): OneTimeToken {
    const token = randomBytes(24).toString("base64url");
    const expiresAt = Date.now() + ttlMs;
    this.#tokens.set(token, { identity, expiresAt });
    return { token, expiresAt };
  }

  /** Uses the token up. Undefined when it is unknown, used, expired, or bound to somebody else. */
  consume(token: string, connectorType: string, instanceId: string): Identity | undefined {
    const found = this.#tokens.get(token);
    if (!found || found.expiresAt <= Date.now()) return undefined;
    if (found.identity.connectorType !== connectorType || found.identity.instanceId !== instanceId)
      return undefined;
    this.#tokens.delete(token);
    return found.identity;
  }

  /** A registration was forgotten: so are its tokens. */
  revoke(key: string): void {
    for (const [token, { identity }] of this.#tokens)
      if (registrationKey(identity) === key) this.#tokens.delete(token);
  }
}
