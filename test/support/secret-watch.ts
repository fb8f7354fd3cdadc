/**
 * Watches everything that Mooring says in a test file: log lines, journals, state changes, what machines are told
 * and hold, inspector messages, output of child processes. A secret among it fails the test.
 * Secrets are what carries the marker `planted-secret`, has the shape of a token or a private key, or was planted
 * by the code that made it (`secret-seams.ts`). `secret-setup.ts` installs it in every test file.
 */

export interface Sighting {
  /** What said it, such as `log line`. */
  readonly where: string;
  /** What kind of secret it was. Never its text: a report is a log line, too. */
  readonly what: string;
}

/** A random value of an address may begin as a token does, but what it encodes is no text. */
const isToken = (text: string) =>
  text.includes("eyJ") &&
  [...text.matchAll(/\beyJ[A-Za-z0-9_-]{17}/g)].some(([start]) =>
    /^[ -~]+$/.test(Buffer.from(start, "base64url").toString("latin1")),
  );

const shapes: readonly (readonly [string, (text: string) => boolean])[] = [
  ["a planted secret", (text) => text.includes("planted-secret")],
  ["a private key", (text) => /PRIVATE KEY-----(?:\s|\\[nr])*[A-Za-z0-9+/]{16,}/.test(text)],
  ["a token (base64url of a JSON object)", isToken],
];

/** Secrets are found by their first characters; shorter ones are words that occur anywhere. */
const prefixLength = 12;
/** Longer texts seldom come again. */
const longestKnown = 200;
const mostKnown = 20_000;
const deepest = 8;

const isActor = (value: object) => "sessionId" in value && "send" in value;

/** Every text in a value: errors with their causes, maps, sets and bytes included. */
function visit(value: unknown, tell: (text: string) => void, seen: Set<object>, depth: number): void {
  if (typeof value === "string") return tell(value);
  if (typeof value !== "object" || value === null || depth > deepest || seen.has(value)) return;
  if (isActor(value)) return;
  seen.add(value);
  const go = (inner: unknown) => visit(inner, tell, seen, depth + 1);
  if (value instanceof Uint8Array) return tell(Buffer.from(value).toString("latin1"));
  if (value instanceof Error)
    for (const part of [value.name, value.message, value.stack, value.cause]) go(part);
  if (value instanceof Map || value instanceof Set) for (const inner of value) go(inner);
  for (const [name, inner] of Object.entries(value)) {
    tell(name);
    go(inner);
  }
}

export class SecretWatch {
  readonly #planted = new Map<string, Set<string>>();
  #sightings: Sighting[] = [];
  /** Texts without a secret: names and states are said thousands of times. A new secret may be in any of them. */
  readonly #clean = new Set<string>();
  /** How often something was looked at, by where: a seam that is never used proves nothing. */
  readonly looks = new Map<string, number>();

  /** From now on this text is a secret. */
  plant(text: string): void {
    const prefix = text.slice(0, prefixLength);
    if (prefix.length < prefixLength) return;
    const known = this.#planted.get(prefix);
    if (known?.has(text)) return;
    this.#clean.clear();
    if (known) known.add(text);
    else this.#planted.set(prefix, new Set([text]));
  }

  /** Looks at what was said. */
  hear(where: string, ...said: readonly unknown[]): void {
    this.looks.set(where, (this.looks.get(where) ?? 0) + 1);
    const seen = new Set<object>();
    for (const one of said) visit(one, (text) => this.#check(where, text), seen, 0);
  }

  /** What was found since the last time. */
  take(): readonly Sighting[] {
    const taken = this.#sightings;
    this.#sightings = [];
    return taken;
  }

  #check(where: string, text: string): void {
    if (this.#clean.has(text)) return;
    const before = this.#sightings.length;
    this.#look(where, text);
    if (this.#sightings.length > before || text.length > longestKnown) return;
    if (this.#clean.size >= mostKnown) this.#clean.clear();
    this.#clean.add(text);
  }

  #look(where: string, text: string): void {
    for (const [what, isOne] of shapes) if (isOne(text)) this.#sightings.push({ where, what });
    if (this.#planted.size === 0) return;
    for (let at = 0; at + prefixLength <= text.length; at++) {
      const candidates = this.#planted.get(text.slice(at, at + prefixLength));
      if (!candidates) continue;
      for (const secret of candidates) {
        if (text.startsWith(secret, at))
          this.#sightings.push({ where, what: "a secret of the code under test" });
      }
    }
  }
}

declare global {
  /** The watch of this test file; the seams speak to it. */
  var secretWatch: SecretWatch;
}

globalThis.secretWatch ??= new SecretWatch();
