/** Session tokens: `base64url(JSON{exp, key}).signature`, for clients to parse (docs/protocol.md, "Session tokens"). */
import { createHmac, randomBytes } from "node:crypto";
import { isSameSecret } from "../same-secret.js";

const lifetimeSeconds = 24 * 60 * 60;

/** What a gateway needs to know its tokens again. Secret. */
export interface SavedSessionTokens {
  readonly secret: string;
  /** Keys, and when their tokens were revoked. */
  readonly revokedAt: readonly (readonly [string, number])[];
}

export class SessionTokens {
  #secret = randomBytes(32);
  /** When the last token was issued, in ms; no two at the same time, so that a revocation falls between two. */
  #lastIssuedAt = 0;
  /** For whom tokens up to a time count no more. Kept for as long as one of those could live. */
  readonly #revokedAt = new Map<string, number>();

  issue(key: string): string {
    const exp = Math.floor(Date.now() / 1_000) + lifetimeSeconds;
    this.#lastIssuedAt = Math.max(Date.now(), this.#lastIssuedAt + 1);
    const claims = { exp, key, at: this.#lastIssuedAt };
    const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
    return `${body}.${this.#sign(body)}`;
  }

  /** Whether the token was issued to this registration, is genuine and has not expired. */
  isValid(token: string, key: string): boolean {
    const [body = "", signature = ""] = token.split(".");
    if (!isSameSecret(signature, this.#sign(body))) return false;
    const claims: { exp?: number; key?: string; at?: number } = JSON.parse(
      Buffer.from(body, "base64url").toString(),
    );
    const isRevoked = (claims.at ?? 0) <= (this.#revokedAt.get(key) ?? -1);
    return claims.key === key && !isRevoked && (claims.exp ?? 0) * 1_000 > Date.now();
  }

  /** The tokens that this registration has count no more. */
  revoke(key: string): void {
    const oldest = Date.now() - 2 * lifetimeSeconds * 1_000;
    for (const [other, at] of this.#revokedAt) if (at < oldest) this.#revokedAt.delete(other);
    // What is issued from now on is later than this.
    this.#lastIssuedAt = Math.max(Date.now(), this.#lastIssuedAt);
    this.#revokedAt.set(key, this.#lastIssuedAt);
  }

  /** Stands for a text, for whoever has the secret. */
  fingerprint(text: string): string {
    return this.#sign(text);
  }

  saved(): SavedSessionTokens {
    return { secret: this.#secret.toString("base64url"), revokedAt: [...this.#revokedAt] };
  }

  restore({ secret, revokedAt }: SavedSessionTokens): void {
    for (const [key, at] of revokedAt) this.#revokedAt.set(key, at);
    this.#secret = Buffer.from(secret, "base64url");
  }

  /** As after a redeployment with another secret: nothing issued so far is valid any more. */
  rotate(): void {
    this.#secret = randomBytes(32);
  }

  #sign(body: string): string {
    return createHmac("sha256", this.#secret).update(body).digest("base64url");
  }
}
