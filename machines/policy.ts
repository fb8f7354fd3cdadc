import type { BackoffPolicy } from "./backoff.js";

/** The numbers a registration lives by. All times in milliseconds. */
export interface RegistrationPolicy {
  /** False: any failure, refusal, deadline or end of stream stops the registration. */
  readonly reconnect: boolean;
  /** Dial and first write; minting a token and the answer to a register request may take three times as long. */
  readonly connectTimeoutMs: number;
  /** Back-off: `min(max, base × 2^min(attempt−1, 20) + uniform(0..jitter))` (docs/protocol.md, "Back-off"). */
  readonly backoff: BackoffPolicy;
  /** The wait after a no, plus jitter: at once where only a person can help, else from the third no in a row on. */
  readonly refusedDelayMs: number;
  /** A registration that stayed up this long has its back-off attempt count back at zero. */
  readonly stableUptimeMs: number;
  /** How silence is noticed. */
  readonly heartbeat: {
    /** A heartbeat goes out this often. */
    readonly intervalMs: number;
    /** Silence after which the stream counts as deaf. Must be above the interval. */
    readonly timeoutMs: number;
    /** No answer this long after sending: suspect, one probe at once. */
    readonly suspectMs: number;
  };
  /** Time to finish running work before a planned reconnect (the peer asks the connection back, or `should_reconnect`). */
  readonly reconnectGraceMs: number;
  /** APPROVED without credentials for this long leads to one fresh register. */
  readonly approvalStallMs: number;
  /** Retries of a failed credential exchange on one stream, and the wait before each (back-off formula). */
  readonly exchangeRetries: number;
}

/** What the multiples below are of. */
type ConnectTime = Pick<RegistrationPolicy, "connectTimeoutMs">;

/** Never 0, which would be over before it began. */
const connectTimes = (times: number, { connectTimeoutMs }: ConnectTime): number =>
  times * Math.max(connectTimeoutMs, 1);

/** What a peer may take to answer what it was asked: three steps, each as long as to connect. */
export const answerDeadlineMs = (policy: ConnectTime): number => connectTimes(3, policy);

/** A last resort above the credential ports' own limit, which is `answerDeadlineMs`. */
export const callDeadlineMs = (policy: ConnectTime): number => connectTimes(4, policy);

/** A last resort above the ports' own limits: one to look, three for a token, one for the stream, one to be sure. */
export const openingDeadlineMs = (policy: ConnectTime): number => connectTimes(6, policy);

/** A last resort for one exchange of credentials, whose calls and tries have limits of their own. */
export const exchangeDeadlineMs = (policy: ConnectTime): number => connectTimes(24, policy);

/** What a runtime uses without options. */
export const defaultPolicy: RegistrationPolicy = {
  reconnect: true,
  connectTimeoutMs: 10_000,
  backoff: { baseMs: 500, maxMs: 60_000, jitterMs: 500 },
  refusedDelayMs: 30_000,
  stableUptimeMs: 5_000,
  heartbeat: { intervalMs: 30_000, timeoutMs: 45_000, suspectMs: 5_000 },
  reconnectGraceMs: 10_000,
  approvalStallMs: 60_000,
  exchangeRetries: 3,
};
