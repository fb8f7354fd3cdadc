/** The faults of the gateway for people: in groups, with what each does. The compiler names one that is missing. */
import type { FaultName, FaultSettings, Faults } from "../../../src/gateway/faults.js";

/** `times`: so many of the next; `ms`, `s`: a time; the others keep until they are changed. */
export type Unit = "times" | "ms" | "s" | "number" | "text" | "switch";

export interface KnownFault {
  readonly group: string;
  readonly words: string;
  readonly unit: Unit;
  /** Its value when nothing is wrong. */
  readonly quiet: number | boolean | string;
}

const groupNames = {
  link: "Streams and requests",
  register: "Registering",
  socket: "WebSockets",
  token: "Token server",
  ott: "One-time tokens",
  people: "People's sign-in",
} as const;

const fault = <Value extends number | boolean | string>(
  group: keyof typeof groupNames,
  unit: Unit,
  quiet: Value,
  words: string,
) => ({ group: groupNames[group], unit, quiet, words });

export const knownFaults = {
  deaf: fault("link", "switch", false, "Answer nothing on open streams, heartbeats included"),
  delayHeartbeatMs: fault("link", "ms", 0, "Wait before a heartbeat is answered"),
  shouldReconnect: fault("link", "times", 0, "Ask for a fresh stream in the next heartbeat answers"),
  duplicateExecutes: fault("link", "times", 0, "Send the next requests twice"),
  executeBurst: fault("link", "times", 0, "Send so many requests after the next successful register"),
  closeAfterRegister: fault("link", "times", 0, "End the next streams right after a successful register"),
  failRegister: fault("register", "times", 0, "Refuse the next registers"),
  failRegisterText: fault("register", "text", "Registration failed", "With these words"),
  refuseStatus: fault("register", "times", 0, "End the next streams with a gRPC status instead of an answer"),
  refuseStatusCode: fault("register", "number", 16, "That status, 1 to 16; 16 is UNAUTHENTICATED"),
  stallRegister: fault("register", "times", 0, "Never answer the next registers"),
  delayRegisterMs: fault("register", "ms", 0, "Wait before a register is answered"),
  expireSessionTokens: fault("register", "switch", false, "Refuse the session tokens issued so far"),
  refuseAccessTokens: fault("register", "switch", false, "Refuse access tokens"),
  withholdCredentials: fault("register", "switch", false, "Approve without sending credentials"),
  delayJoinMs: fault("socket", "ms", 0, "Wait before a join is answered"),
  phxError: fault("socket", "times", 0, "Send phx_error ahead of the next messages"),
  phxClose: fault("socket", "times", 0, "Send phx_close ahead of the next messages"),
  unmatchedTopic: fault("socket", "times", 0, "Reply “unmatched topic” ahead of the next messages"),
  foreignTopic: fault("socket", "times", 0, "Send phx_error of another topic ahead of the next messages"),
  oversizedFrame: fault(
    "socket",
    "times",
    0,
    "Announce a frame beyond every limit in place of the next messages",
  ),
  halfFrame: fault("socket", "times", 0, "Send half of the next messages' frames, then cut"),
  tokenServerError: fault("token", "times", 0, "Answer the next token calls with 503"),
  tokenTooMany: fault("token", "times", 0, "Answer the next token calls with 429"),
  tokenRetryAfterSeconds: fault("token", "s", 0, "Retry-After of those answers"),
  tokenUnauthorized: fault("token", "times", 0, "Answer the next token calls with 401"),
  tokenMalformed: fault("token", "times", 0, "Answer the next token calls with broken JSON"),
  tokenEmpty: fault("token", "times", 0, "Answer the next token calls with nothing"),
  tokenRedirect: fault("token", "text", "", "Redirect token calls to this address"),
  newClientUnknown: fault("token", "times", 0, "New clients are unknown for so many calls"),
  tokenDelayMs: fault("token", "ms", 0, "Wait before a token call is answered"),
  tokenExpiresIn: fault("token", "s", 300, "Lifetime of access tokens"),
  ottUnauthorized: fault("ott", "times", 0, "Answer the next calls with 401, as before replication"),
  ottServerError: fault("ott", "times", 0, "Answer the next calls with 500"),
  ottMalformed: fault("ott", "times", 0, "Answer the next calls with broken JSON"),
  ottRedirect: fault("ott", "text", "", "Redirect the calls to this address"),
  ottDelayMs: fault("ott", "ms", 0, "Wait before a call is answered"),
  signInWrongState: fault("people", "times", 0, "Send the next sign-ins back with another state"),
  signInWrongIssuer: fault("people", "times", 0, "Send the next sign-ins back with another iss"),
  signInWithoutCode: fault("people", "times", 0, "Send the next sign-ins back without a code"),
  signInError: fault("people", "text", "", "Send the next sign-ins back with this OAuth error"),
  rotateRefreshTokens: fault("people", "switch", true, "Give a new refresh token at each refresh"),
} satisfies { readonly [Name in FaultName]: KnownFault & { readonly quiet: Faults[Name] } };

export const faultGroups: readonly (readonly [string, readonly FaultName[]])[] = Object.values(
  groupNames,
).map((group) => [
  group,
  (Object.keys(knownFaults) as FaultName[]).filter((name) => knownFaults[name].group === group),
]);

/** Those that are in force. */
export const changedFaults = (now: Readonly<Faults> | undefined): readonly FaultName[] =>
  now
    ? (Object.keys(knownFaults) as FaultName[]).filter((name) => now[name] !== knownFaults[name].quiet)
    : [];

/** What sets them back. */
export const quietOf = (names: readonly FaultName[]): FaultSettings =>
  Object.fromEntries(names.map((name) => [name, knownFaults[name].quiet]));
