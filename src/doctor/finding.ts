/** What one check of the doctor found. */

/** `skip`: not tried, because what it needs failed. */
export type Level = "ok" | "warn" | "fail" | "skip";

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
    /** `needs`: what failed before it. */
    skip: (what: string, needs: string): Finding => ({
      level: "skip",
      check,
      what: `${what}: not tried: needs ${needs}`,
    }),
  };
}
