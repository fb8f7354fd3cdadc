/** The connectors that were refused last: whoever would approve or call one is told why it is not there. */

/** The oldest goes when there are more; a key that is longer than any good one is not kept. */
const most = { refusals: 1_000, keyLength: 1_024 } as const;

/** What a client that is gone is told by the token server. */
export const revokedClient = "invalid_client";

const registerAnew =
  "remove their file where the connector runs (mooring doctor names it), and it registers anew and can be approved.";

const remedies: Readonly<Record<string, string>> = {
  jwt_invalid: `Its credentials are not of this gateway, or of another run of it: ${registerAnew}`,
  [revokedClient]: `Its client was revoked: ${registerAnew}`,
  token_expired:
    "Its access token has expired: where the connector runs, mooring explain says what it does next.",
};

const otherwise = "Where the connector runs, mooring explain says more.";

interface Refused {
  readonly why: string;
  readonly at: number;
}

/** A client whose registration is not known is of interest for so long, in ms: it asks again after half a minute or so. */
const strangerMs = 5 * 60_000;

export class Refusals {
  #stranger: { readonly clientId: string; readonly at: number } | undefined;
  readonly #refused = new Map<string, Refused>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  remember(key: string, why: string): void {
    if (key.length > most.keyLength) return;
    // As the newest.
    this.#refused.delete(key);
    this.#refused.set(key, { why: why.slice(0, most.keyLength), at: this.#now() });
    if (this.#refused.size <= most.refusals) return;
    const [oldest] = this.#refused.keys();
    if (oldest !== undefined) this.#refused.delete(oldest);
  }

  forget(key: string): void {
    this.#refused.delete(key);
  }

  /** A client that the token server does not know: whose it is, nobody can tell. */
  rememberStranger(clientId: string): void {
    this.#stranger = { clientId: clientId.slice(0, most.keyLength), at: this.#now() };
  }

  /** `was refused just now: …`, and a sentence about it; undefined for one that was not refused. */
  words(key: string): string | undefined {
    const refused = this.#refused.get(key);
    if (!refused) return undefined;
    const remedy = Object.hasOwn(remedies, refused.why) ? remedies[refused.why] : otherwise;
    return `was refused ${this.#when(refused.at)}: ${refused.why}. ${remedy}`;
  }

  /** What may be the reason why a connector does not register; undefined when nothing is known. */
  hint(): string | undefined {
    if (!this.#stranger || this.#now() - this.#stranger.at > strangerMs) return undefined;
    const { clientId, at } = this.#stranger;
    return `A client that this gateway does not know (${clientId}) was refused a token ${this.#when(at)}. If it is this connector's, its credentials are of another run of the gateway: ${registerAnew}`;
  }

  #when(at: number): string {
    const minutes = Math.floor((this.#now() - at) / 60_000);
    return minutes < 1 ? "just now" : `${minutes} min ago`;
  }
}
