/** The connectors that were refused last and are not known: whoever would approve one is told why it is not there. */

/** The oldest goes when there are more; a key that is longer than any good one is not kept. */
const most = { refusals: 1_000, keyLength: 1_024 } as const;

const remedies: Readonly<Record<string, string>> = {
  jwt_invalid:
    "Its credentials are not of this gateway, or of another run of it: remove their file where the connector runs (mooring doctor names it), and it registers anew and can be approved.",
  token_expired:
    "Its access token has expired: where the connector runs, mooring explain says what it does next.",
};

const otherwise = "Where the connector runs, mooring explain says more.";

interface Refused {
  readonly why: string;
  readonly at: number;
}

export class Refusals {
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

  /** A sentence or two; undefined for one that was not refused. */
  words(key: string): string | undefined {
    const refused = this.#refused.get(key);
    if (!refused) return undefined;
    const minutes = Math.floor((this.#now() - refused.at) / 60_000);
    const when = minutes < 1 ? "just now" : `${minutes} min ago`;
    const remedy = Object.hasOwn(remedies, refused.why) ? remedies[refused.why] : otherwise;
    return `it was refused ${when}: ${refused.why}. ${remedy}`;
  }
}
