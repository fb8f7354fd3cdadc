/** One-time tokens, each bound to a tenant and type, usually to an instance, with an expiry and a single use. */
import { randomBytes } from "node:crypto";
import { type Identity, registrationKey, sanitizeIdentifier } from "../protocol/identity.js";
import type { OneTimeToken, OneTimeTokenOwner } from "./gateway.js";

const defaultTtlMs = 10 * 60_000;

/** How long it is remembered why a token counts no more. */
const rememberedMs = 60 * 60_000;

/** Why a token was not taken. */
export type TokenRefusal = "unknown" | "expired" | "used" | "wrong-type" | "wrong-instance";

interface Issued {
  readonly owner: OneTimeTokenOwner;
  readonly expiresAt: number;
  used: boolean;
}

/** One token as it is kept over a restart of the gateway. Secret. */
export interface SavedToken extends Issued {
  readonly token: string;
}

export class OneTimeTokens {
  readonly #tokens = new Map<string, Issued>();

  issue(owner: OneTimeTokenOwner, ttlMs = defaultTtlMs): OneTimeToken {
    const token = randomBytes(24).toString("base64url");
    const expiresAt = Date.now() + ttlMs;
    this.#forgetOld();
    this.#tokens.set(token, { owner, expiresAt, used: false });
    return { token, expiresAt };
  }

  /** Without the tokens themselves. */
  list(): readonly object[] {
    return this.saved().map(({ owner, expiresAt, used }) => ({ ...owner, expiresAt, used }));
  }

  saved(): readonly SavedToken[] {
    this.#forgetOld();
    return [...this.#tokens].map(([token, issued]) => ({ token, ...issued }));
  }

  restore(tokens: readonly SavedToken[]): void {
    for (const { token, owner, expiresAt, used } of tokens)
      this.#tokens.set(token, { owner, expiresAt, used });
  }

  /** Whom the token makes this connector, or why not. Uses nothing up. */
  check(token: string, connectorType: string, instanceId: string): Identity | TokenRefusal {
    const found = this.#tokens.get(token);
    if (!found) return "unknown";
    if (found.used) return "used";
    if (found.expiresAt <= Date.now()) return "expired";
    const { owner } = found;
    if (owner.connectorType !== connectorType) return "wrong-type";
    const isAny = owner.instanceId === undefined && instanceId === sanitizeIdentifier(instanceId);
    if (!isAny && owner.instanceId !== instanceId) return "wrong-instance";
    return { tenantId: owner.tenantId, connectorType, instanceId };
  }

  /** The token was turned into a client. */
  use(token: string): void {
    const found = this.#tokens.get(token);
    if (found) found.used = true;
  }

  /** A registration was forgotten: so are its tokens. */
  revoke(key: string): void {
    for (const [token, { owner }] of this.#tokens) {
      const { tenantId, connectorType, instanceId } = owner;
      if (instanceId !== undefined && registrationKey({ tenantId, connectorType, instanceId }) === key)
        this.#tokens.delete(token);
    }
  }

  #forgetOld(): void {
    const before = Date.now() - rememberedMs;
    for (const [token, { expiresAt }] of this.#tokens) if (expiresAt < before) this.#tokens.delete(token);
  }
}
