/** What one check of the doctor found. */

export type Level = "ok" | "warn" | "fail";

export interface Finding {
  readonly level: Level;
  /** Which check, by a name that stays: `settings`, `source`, `key`, `files`, `gateway`, `clock`, `token`. */
  readonly check: string;
  /** In words; holds no secret and no text of a peer. */
  readonly what: string;
  /** What to do; with `warn` and `fail`. */
  readonly fix?: string;
}

/** Makes the findings of one check. */
export function findingsOf(check: string) {
  return {
    ok: (what: string): Finding => ({ level: "ok", check, what }),
    warn: (what: string, fix: string): Finding => ({ level: "warn", check, what, fix }),
    fail: (what: string, fix: string): Finding => ({ level: "fail", check, what, fix }),
  };
}

/** Node's error code, and nothing else of an error: it may quote a peer. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? code : "UNKNOWN";
}
