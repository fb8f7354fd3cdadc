/**
 * The registration machine as a graph: which events can come in a state, when two snapshots count as the same,
 * and how each event is brought about on a real machine with fake ports.
 */
import type { AnyEventObject } from "xstate";
import { failureOf } from "../../machines/failure.js";
import type { RegistrationPolicy } from "../../machines/policy.js";
import type { StreamEvent } from "../../machines/ports.js";
import { isSteady } from "../../machines/registration/losses.js";
import type { RegistrationEvent } from "../../machines/registration/types.js";
import type { RegistrationSnapshot } from "../../machines/registration.js";
import { type Rig, settle } from "./rig.js";

/** Every delay differs from every other, so that a timer can be named by it. */
export const policy: RegistrationPolicy = {
  reconnect: true,
  connectTimeoutMs: 1_200,
  backoff: { baseMs: 7, maxMs: 100, jitterMs: 0 },
  refusedDelayMs: 31_000,
  stableUptimeMs: 5_100,
  heartbeat: { intervalMs: 30_000, timeoutMs: 45_000, suspectMs: 5_003 },
  reconnectGraceMs: 10_000,
  approvalStallMs: 60_000,
  exchangeRetries: 1,
};
const drainDeadlineMs = 77_000;

/** One of the machine's own events, or one that XState makes. */
export type GraphEvent = RegistrationEvent | (AnyEventObject & { readonly type: `xstate.${string}` });

type Place = string | { readonly [name: string]: Place | undefined };

/** `["linked", "streaming", "serving"]` */
function pathOf(place: Place | undefined): readonly string[] {
  if (place === undefined) return [];
  if (typeof place === "string") return [place];
  return Object.entries(place).flatMap(([name, below]) => [name, ...pathOf(below)]);
}

const connectionOf = ({ value }: RegistrationSnapshot): readonly string[] => {
  const place: Place = value;
  return typeof place === "string" ? [] : pathOf(place.connection);
};

const done = (actor: string, output: unknown): GraphEvent => ({ type: `xstate.done.actor.${actor}`, output });
const failed = (actor: string): GraphEvent => ({
  type: `xstate.error.actor.${actor}`,
  error: new Error("port"),
  actorId: actor,
});
const after = (delay: string, ...path: string[]): GraphEvent => ({
  type: `xstate.after.${delay}.${["registration", "connection", ...path].join(".")}`,
});
/** Of a state that has an id of its own. */
const afterIn = (id: string, delay: string): GraphEvent => ({ type: `xstate.after.${delay}.${id}` });

const opened = (credentialSource: "saved" | "anonymous") =>
  done("opening", { ok: true, value: { handle: "handle", credentialSource, hasSessionToken: false } });
const openFails = (...args: Parameters<typeof failureOf>) =>
  done("opening", { ok: false, failure: failureOf(...args) });
const ready: GraphEvent = { type: "credentials.ready", source: "saved" };
const credentialsFail = (...args: Parameters<typeof failureOf>): GraphEvent => ({
  type: "credentials.failed",
  failure: failureOf(...args),
});

/** What the credentials may say while they live. They are done only after they were ready. */
const credentials = (path: readonly string[]): GraphEvent[] => [
  ready,
  credentialsFail("credentials-unavailable"),
  ...(path.includes("exchanging") ? [credentialsFail("credentials-refused")] : []),
  { type: "credentials.retrying", failure: failureOf("credentials-unavailable") },
  failed("credentials"),
  ...(path.includes("preparing") || path.includes("exchanging") ? [] : [done("credentials", undefined)]),
];

/** Asked for only with what was at hand, and that was not enough. */
const notAtHand = done("opening", { ok: false, failure: null });

const openings = (): GraphEvent[] => [
  opened("anonymous"),
  openFails("unreachable"),
  openFails("tls"),
  openFails("identity-refused", { code: "UNAUTHENTICATED" }, true),
  failed("opening"),
];

const exchanges = (): GraphEvent[] => [
  credentialsFail("credentials-exchange-failed"),
  credentialsFail("one-time-token-consumed"),
  after("exchangeDeadline", "linked", "credentialExchange", "exchanging"),
];

/** Attempts count from 1. */
const earlierStream = 0;

/** Each event that a stream can say, except that it has failed. */
export const wordsOfStream = (streamAttempt: number): readonly StreamEvent[] =>
  [...wireEvents(streamAttempt, true), late(streamAttempt)].filter(
    (event): event is StreamEvent => event.type.startsWith("stream.") && event.type !== "stream.stale",
  );

function wireEvents(streamAttempt: number, holds: boolean): GraphEvent[] {
  const statuses = ["pending", "approved", "rejected"] as const;
  return [
    ...([...statuses, "unspecified", "other"] as const).map(
      (status) => ({ type: "stream.accepted", streamAttempt, status, hasSessionToken: true }) as const,
    ),
    { type: "stream.rejected", streamAttempt, failure: failureOf("register-refused") },
    ...(holds ? statuses : []).map((status) => ({ type: "stream.approval", streamAttempt, status }) as const),
    ...(holds ? (["own", "other"] as const) : []).map(
      (addressee) =>
        ({ type: "stream.credentialsIssued", streamAttempt, offerId: "offer", addressee }) as const,
    ),
    { type: "stream.heartbeatAnswered", streamAttempt, shouldReconnect: false },
    { type: "stream.heartbeatAnswered", streamAttempt, shouldReconnect: true },
    { type: "stream.peerDraining", streamAttempt },
    { type: "stream.ended", streamAttempt, failure: failureOf("server-closed") },
    // As the port of the open stream tells it.
    { type: "stream.stale", streamAttempt: earlierStream, event: "stream.ended" },
    failed("stream"),
  ];
}

/** Such that the rest of the timeout is no other timer's delay. */
const sinceAnswerMs = 36_000;

const late = (streamAttempt: number): GraphEvent => ({
  type: "stream.heartbeatLate",
  streamAttempt,
  sinceAnswerMs,
});

/** While liveness lives. */
const doubts = (): GraphEvent[] => [{ type: "liveness.beat" }, { type: "liveness.deaf" }, failed("liveness")];

/** The timers of the states inside `linked`. */
function linkedTimers([, state, child, grandchild]: readonly string[]): GraphEvent[] {
  if (state === undefined || child === undefined) return [];
  const here = ["linked", state, child];
  const inside = [...here, grandchild ?? ""];
  switch (grandchild ?? child) {
    case "first":
    case "again":
      return [after("registerDeadline", ...here)];
    case "approved":
      return [after("approvalStall", ...inside)];
    case "quieting":
      return child === "moving" ? [after("reconnectGrace", ...inside)] : [];
    case "closing":
      return [after("finishTimeout", ...inside)];
    case "exchanging":
      return exchanges();
    default:
      return child === "waiting" && state === "credentialExchange" ? [after("exchangeDelay", ...here)] : [];
  }
}

function linkedEvents(snapshot: RegistrationSnapshot, path: readonly string[]): GraphEvent[] {
  const { context } = snapshot;
  const first = path.includes("first");
  return [
    ...wireEvents(context.streamAttempt, !first || context.held.length === 0),
    ...linkedTimers(path),
    // Heartbeats go out, and the stable uptime runs, from the first acceptance.
    ...(first ? [] : [late(context.streamAttempt)]),
    ...("liveness" in snapshot.children ? doubts() : []),
    ...(first || context.stableStream === context.streamAttempt ? [] : [{ type: "uptime.stable" } as const]),
  ];
}

function workEvents(snapshot: RegistrationSnapshot, path: readonly string[]): GraphEvent[] {
  const draining = snapshot.matches({ intake: "draining" });
  const moving = path.includes("moving");
  if (!draining && !moving) return [];
  return [
    { type: "work.finished", unconfirmed: 0 },
    { type: "work.finished", unconfirmed: 1 },
    { type: "work.settled" },
    failed(moving ? "hold" : "drain"),
    ...(draining ? [{ type: "drain.expired" } as const] : []),
  ];
}

/** Every event that can come in this state, commands in all of them. */
export function eventsOf(snapshot: RegistrationSnapshot): GraphEvent[] {
  if (snapshot.status !== "active") return [];
  const path = connectionOf(snapshot);
  return [
    { type: "drain", deadlineMs: drainDeadlineMs },
    { type: "stop", reason: "shutdown" },
    { type: "retry.now" },
    { type: "work.cancel" },
    ...workEvents(snapshot, path),
    ...(path[0] === "connecting" ? [afterIn("connecting", "openingDeadline")] : []),
    ...(path.includes("atOnce") ? [...openings(), notAtHand] : []),
    ...(path.includes("opening") ? [...openings(), opened("saved")] : []),
    ...("credentials" in snapshot.children ? credentials(path) : []),
    ...(path[0] === "linked" ? linkedEvents(snapshot, path) : []),
    ...(path[0] === "backoff" && !path.includes("finishing") ? [afterIn("backoff", "backoffDelay")] : []),
  ];
}

/** Two snapshots with the same word behave alike: the state, and each counter where it matters, as far as it matters. */
export function serializeSnapshot(snapshot: RegistrationSnapshot): string {
  const { context, value } = snapshot;
  const path = connectionOf(snapshot);
  if (path[0] === "stopped") return `stopped ${context.stopReason}`;
  const linked = path[0] === "linked";
  const remembered = Object.values(snapshot.historyValue).flatMap((nodes) => nodes.map(({ id }) => id));
  return JSON.stringify([
    value,
    Math.min(context.rejections, 2),
    context.registersAgain.fresh,
    linked && {
      steady: context.stableStream === context.streamAttempt ? "stable" : isSteady(context),
      stall: context.registersAgain.stalled,
      anonymous: context.credentialSource === "anonymous",
    },
    path.includes("first") && context.held.map((event) => ({ ...event, streamAttempt: 0 })),
    path.includes("credentialExchange") && context.exchange.tries,
    (path[0] === "connecting" || path[0] === "backoff") && [
      context.hasSessionToken,
      context.credentialSource === "saved",
    ],
    (path.includes("opening") || linked) && "credentials" in snapshot.children,
    "liveness" in snapshot.children,
    path.includes("again") && remembered,
  ]);
}

const timers: Readonly<Record<string, (rig: Rig) => number>> = {
  openingDeadline: () => 6 * policy.connectTimeoutMs,
  registerDeadline: () => 3 * policy.connectTimeoutMs,
  exchangeDeadline: () => 24 * policy.connectTimeoutMs,
  approvalStall: () => policy.approvalStallMs,
  reconnectGrace: () => policy.reconnectGraceMs,
  finishTimeout: () => 1_000,
  exchangeDelay: ({ context }) => context.exchange.delayMs,
  backoffDelay: ({ context }) => context.backoffMs,
  "uptime.stable": () => policy.stableUptimeMs,
  "drain.expired": () => drainDeadlineMs,
};

const { intervalMs, timeoutMs, suspectMs } = policy.heartbeat;

function elapse(rig: Rig, name: string): void {
  const delay = timers[name];
  if (!delay || !rig.clock.fire(delay(rig))) throw new Error(`No timer "${name}" is set in ${rig.place}.`);
}

/** A beat comes by whichever of liveness's timers is set. */
function beat(rig: Rig): void {
  if (![intervalMs, intervalMs - suspectMs].some((delay) => rig.clock.fire(delay)))
    throw new Error(`No beat is due in ${rig.place}.`);
}

function fallSilent(rig: Rig): void {
  if (!rig.clock.fire(timeoutMs - sinceAnswerMs))
    throw new Error(`Nothing watches the stream in ${rig.place}.`);
}

/** Brings an event about: by a port, a timer, or a command. What only XState can say is sent as it would be. */
export async function perform(rig: Rig, event: GraphEvent): Promise<void> {
  const [origin, kind, name = ""] = event.type.split(".");
  const { ports, actor } = rig;
  if (origin === "xstate" && kind === "after") elapse(rig, name);
  else if (event.type === "liveness.beat") beat(rig);
  else if (event.type === "liveness.deaf") fallSilent(rig);
  else if (event.type in timers) elapse(rig, event.type);
  else if (event.type === "xstate.done.actor.opening" && "output" in event) {
    ports.openings.at(-1)?.resolve(event.output);
    await settle();
  } else if (event.type === "xstate.error.actor.opening") {
    ports.openings.at(-1)?.reject(new Error("port"));
    await settle();
  } else if (origin === "credentials") ports.credentials.at(-1)?.send(event as never);
  else if (event.type === "stream.stale")
    rig
      .stream()
      .send({ type: "stream.ended", streamAttempt: earlierStream, failure: failureOf("peer-draining") });
  // The graph knows one way to each state, on which the attempt may have had another number.
  else if (origin === "stream")
    rig.stream().send({ ...event, streamAttempt: rig.context.streamAttempt } as never);
  else if (origin === "work" && kind !== "cancel") ports.works.at(-1)?.send(event as never);
  else actor.send(event as never);
}
