/** What the gateway does wrong on purpose. Counts go down with each use; the rest stays until changed. */
import { invalidConfig } from "../errors.js";
import { named, text } from "../options/kinds.js";
import { nearestName } from "../options/nearest-name.js";
import { maxTimerMs } from "../protocol/defaults.js";

/** All of them, with their quiet values. Counts are whole numbers; times are in ms. */
const quiet = {
  /** Answer the next registers with `success: false`. */
  failRegister: 0,
  /** The text of those answers. */
  failRegisterText: "Registration failed",
  /** End the next streams with a gRPC status instead of an answer. */
  refuseStatus: 0,
  /** That status, e.g. 16 (UNAUTHENTICATED). */
  refuseStatusCode: 16,
  /** Never answer the next registers. */
  stallRegister: 0,
  /** End the next streams right after a successful register. */
  closeAfterRegister: 0,
  /** Send so many requests `burst-0`… after the next successful register. */
  executeBurst: 0,
  /** Answer nothing on open streams, heartbeats included. */
  deaf: false,
  /** Wait before answering a register. */
  delayRegisterMs: 0,
  /** Wait before answering a heartbeat. */
  delayHeartbeatMs: 0,
  /** Ask for a fresh stream in the next heartbeat answers. */
  shouldReconnect: 0,
  /** Send the next requests twice. */
  duplicateExecutes: 0,
  /** Wait before answering the join of a WebSocket. */
  delayJoinMs: 0,
  /** Send `phx_error` ahead of the next messages on WebSockets: the channel has crashed. */
  phxError: 0,
  /** Send `phx_close` ahead of the next messages on WebSockets: the channel is closed. */
  phxClose: 0,
  /** Reply `unmatched topic` ahead of the next messages on WebSockets: the channel is not known. */
  unmatchedTopic: 0,
  /** Send `phx_error` of a topic that nobody joined ahead of the next messages on WebSockets. */
  foreignTopic: 0,
  /** Announce a frame beyond every limit in place of the next messages on WebSockets. */
  oversizedFrame: 0,
  /** Send half of the frames of the next messages on WebSockets, then cut. */
  halfFrame: 0,
  /** Refuse session tokens issued so far. */
  expireSessionTokens: false,
  /** Refuse access tokens. */
  refuseAccessTokens: false,
  /** Approve without sending credentials. */
  withholdCredentials: false,
  /** Answer the next one-time-token calls with 401, as before replication. */
  ottUnauthorized: 0,
  /** Answer the next one-time-token calls with 500. */
  ottServerError: 0,
  /** Answer the next one-time-token calls with 200 and broken JSON. */
  ottMalformed: 0,
  /** Redirect (307) one-time-token calls to this address; empty = off. */
  ottRedirect: "",
  /** Wait before answering a one-time-token call. */
  ottDelayMs: 0,
  /** Answer the next token calls with 503. */
  tokenServerError: 0,
  /** Answer the next token calls with 429. */
  tokenTooMany: 0,
  /** `Retry-After` of those answers, in seconds. */
  tokenRetryAfterSeconds: 0,
  /** Answer the next token calls with 401. */
  tokenUnauthorized: 0,
  /** Answer the next token calls with 200 and broken JSON. */
  tokenMalformed: 0,
  /** Answer the next token calls with 200 and nothing. */
  tokenEmpty: 0,
  /** Redirect (307) token calls to this address; empty = off. */
  tokenRedirect: "",
  /** Clients made from now on are unknown to the token server for so many calls, as before replication. */
  newClientUnknown: 0,
  /** Wait before answering a token call. */
  tokenDelayMs: 0,
  /** Lifetime of access tokens, in seconds. */
  tokenExpiresIn: 300,
  /** Send the next sign-ins back with another `state`. */
  signInWrongState: 0,
  /** Send the next sign-ins back with another `iss`. */
  signInWrongIssuer: 0,
  /** Send the next sign-ins back without `code`. */
  signInWithoutCode: 0,
  /** Send the next sign-ins back with this OAuth error; empty = off. */
  signInError: "",
  /** Give a new refresh token at each refresh. */
  rotateRefreshTokens: true,
} as const;

type Widened<T> = T extends number ? number : T extends boolean ? boolean : string;
/**
 * Every fault with its value. Counts go down with each use; the rest stays until changed; times are in ms.
 *
 * @interface
 */
export type Faults = { -readonly [Name in keyof typeof quiet]: Widened<(typeof quiet)[Name]> };
/** The names of the faults. */
export type FaultName = keyof Faults;
/**
 * Faults to put in force; those that are left out stay as they are.
 *
 * @example
 * ```ts
 * import { startGateway } from "mooring/gateway";
 *
 * await using gateway = await startGateway();
 * gateway.fault({ failRegister: 2, delayHeartbeatMs: 1_000 });
 * ```
 */
export type FaultSettings = Partial<Faults>;

type CountName = { [Name in FaultName]: Faults[Name] extends number ? Name : never }[FaultName];

/** The least and the most of each number; counts are not in it. */
const ranges: Partial<Readonly<Record<FaultName, readonly [least: number, most: number]>>> = {
  // 0 is OK, which ends no stream with a failure; there are no statuses above 16.
  refuseStatusCode: [1, 16],
  // They go out at once, and a stream holds so many that are not read.
  executeBurst: [0, 100_000],
  delayRegisterMs: [0, maxTimerMs],
  delayHeartbeatMs: [0, maxTimerMs],
  delayJoinMs: [0, maxTimerMs],
  ottDelayMs: [0, maxTimerMs],
  tokenDelayMs: [0, maxTimerMs],
  tokenRetryAfterSeconds: [0, maxTimerMs],
  tokenExpiresIn: [0, maxTimerMs],
};
const countRange = [0, Number.MAX_SAFE_INTEGER] as const;

function checkNumber(name: FaultName, value: number): void {
  const [least, most] = ranges[name] ?? countRange;
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw invalidConfig(`Fault "${name}" takes a whole number from ${least} to ${most}; got ${value}.`);
}

const isFaultName = (name: string): name is FaultName => Object.hasOwn(quiet, name);

function unknownFault(name: string): Error {
  const names = Object.keys(quiet);
  const near = nearestName(name, names);
  return invalidConfig(
    `Unknown fault "${name}"${near ? `; did you mean "${near}"?` : `. Known: ${names.join(", ")}.`}`,
  );
}

export class FaultControls {
  #faults: Faults = { ...quiet };
  readonly #used: (name: FaultName) => void;

  /** `used`: called with each that has taken effect once. */
  constructor(used: (name: FaultName) => void) {
    this.#used = used;
  }

  get current(): Readonly<Faults> {
    return this.#faults;
  }

  /** Changes the named ones. Throws INVALID_CONFIG for an unknown name, or a value of another type or out of range. */
  set(settings: { readonly [name: string]: unknown }): void {
    for (const [name, value] of Object.entries(settings)) {
      if (!isFaultName(name)) throw unknownFault(name);
      if (typeof value !== typeof quiet[name])
        throw invalidConfig(`Fault "${name}" takes a ${typeof quiet[name]}; got ${typeof value}.`);
      if (typeof value === "number") checkNumber(name, value);
      if (typeof value === "string" && !text.is(value))
        throw invalidConfig(`Fault "${name}" must be a text; got ${named(value)}.`);
    }
    this.#faults = { ...this.#faults, ...settings };
  }

  /** Uses up one of a count; false when there is none left. */
  use(name: CountName): boolean {
    const left = this.#faults[name];
    if (left <= 0) return false;
    this.#faults[name] = left - 1;
    this.#used(name);
    return true;
  }

  /** Takes a whole count at once. */
  takeAll(name: CountName): number {
    const left = this.#faults[name];
    this.#faults[name] = 0;
    if (left > 0) this.#used(name);
    return left;
  }
}
