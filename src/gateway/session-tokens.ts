/** Session tokens: `base64url(JSON{exp, key}).signature`, unpadded, as clients parse them (`authentication.md` §9.1). */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const lifetimeSeconds = 24 * 60 * 60;

/** What a gateway needs to know its tokens again. Secret. */
export interface SavedSessionTokens {
  readonly secret: string;
}

export class SessionTokens {
  #secret = randomBytes(32);

  issue(key: string): string {
    const exp = Math.floor(Date.now() / 1_000) + lifetimeSeconds;
    const body = Buffer.from(JSON.stringify({ exp, key })).toString("base64url");
    return `${body}.${this.#sign(body)}`;
  }

  /** Whether the token was issued to this registration, is genuine and has not expired. */
  isValid(token: string, key: string): boolean {
    const [body = "", signature = ""] = token.split(".");
    const expected = Buffer.from(this.#sign(body));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
    const claims: { exp?: number; key?: string } = JSON.parse(Buffer.from(body, "base64url").toString());
    return claims.key === key && (claims.exp ?? 0) * 1_000 > Date.now();
  }

  /** Stands for a text, for whoever has the secret. */
  fingerprint(text: string): string {
    return this.#sign(text);
  }

  saved(): SavedSessionTokens {
    return { secret: this.#secret.toString("base64url") };
  }

  restore({ secret }: SavedSessionTokens): void {
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
