/** What one check of the doctor found. */

/** `skip`: not tried, because what it needs failed. */
export type Level = "ok" | "warn" | "fail" | "skip";

/** The steps on the way to the gateway, in their order. */
export type Step =
  | "dns"
  | "proxy"
  | "tcp"
  | "tls"
  | "alpn"
  | "upgrade"
  | "join"
  | "grpc"
  | "other-transport"
  | "api"
  | "clock"
  | "token-server"
  | "token";

export interface Finding {
  /** The verdict. */
  readonly level: Level;
  /** Which check, by a name that stays: `settings`, `source`, `key`, `files`, `gateway`, `clock`, `token`. */
  readonly check: string;
  /** Of the checks that ask somebody: which step it was, by a name that stays. */
  readonly step?: Step;
  /** How long the step took, in ms. */
  readonly ms?: number;
  /** Of a step that failed: why, by Node's, a proxy's or a protocol's own code. */
  readonly code?: string;
  /** In words; holds no secret, and of a peer's text nothing but names of hosts. */
  readonly what: string;
  /** What to do; with `warn` and `fail`. */
  readonly fix?: string;
}

/** Makes the findings of one check. */
export function findingsOf(check: string) {
  const coded = (code: string | undefined) => (code === undefined ? {} : { code });
  return {
    ok: (what: string): Finding => ({ level: "ok", check, what }),
    warn: (what: string, fix: string, code?: string): Finding => ({
      level: "warn",
      check,
      ...coded(code),
      what,
      fix,
    }),
    fail: (what: string, fix: string, code?: string): Finding => ({
      level: "fail",
      check,
      ...coded(code),
      what,
      fix,
    }),
    /** `needs`: what failed before it. */
    skip: (what: string, needs: string): Finding => ({
      level: "skip",
      check,
      what: `${what}: not tried: needs ${needs}`,
    }),
  };
}

/** As a step of the way, with the time that it took where it was tried. */
export function asStep({ level, check, ...rest }: Finding, step: Step, ms?: number): Finding {
  return { level, check, step, ...(ms === undefined ? {} : { ms: Math.round(ms) }), ...rest };
}

/** Runs one step and times it. `clock`: monotonic, in ms. */
export async function timed(step: Step, clock: () => number, run: () => Promise<Finding>): Promise<Finding> {
  const begun = clock();
  const found = await run();
  return asStep(found, step, clock() - begun);
}
