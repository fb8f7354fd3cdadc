/** Random stories: what ports, gateway, callers and time may do to a registration, in any order. */
import fc from "fast-check";
import type { FailureCause } from "../../machines/failure.js";
import type { ApprovalStatus, WorkEvent } from "../../machines/ports.js";
import type { Rig } from "./rig.js";

/** Something that happens to a rig. */
export type Move = (rig: Rig) => void | Promise<void>;

const attempt = (rig: Rig) => rig.context.streamAttempt;
/** The stream that is open, or was the last. */
export const live = (rig: Rig) => rig.ports.streams.at(-1);
export const failures: FailureCause[] = [
  "unreachable",
  "tls",
  "register-refused",
  "one-time-token-consumed",
  "credentials-refused",
  "credentials-exchange-failed",
];
const statuses: ApprovalStatus[] = ["unspecified", "pending", "approved", "rejected", "other"];
const works: WorkEvent[] = [
  { type: "work.finished", unconfirmed: 0 },
  { type: "work.finished", unconfirmed: 2 },
  { type: "work.settled" },
];

/** What ports, gateway, callers and time may do, in any order; what is not due does nothing. */
export const move: fc.Arbitrary<[string, Move]> = fc.oneof(
  fc.constant<[string, Move]>([
    "opened",
    (rig) => (rig.place === "connecting" ? rig.opened("anonymous") : undefined),
  ]),
  fc.constant<[string, Move]>([
    "opened known",
    (rig) => (rig.place === "connecting" ? rig.opened() : undefined),
  ]),
  fc
    .constantFrom(...failures)
    .map((cause): [string, Move] => [
      `opening fails ${cause}`,
      (rig) => (rig.place === "connecting" ? rig.openFails(cause) : undefined),
    ]),
  fc
    .constantFrom(...failures)
    .map((cause): [string, Move] => [
      `exchange fails ${cause}`,
      (rig) => (rig.place === "credentialExchange.exchanging" ? rig.exchangeFails(cause) : undefined),
    ]),
  fc.constant<[string, Move]>([
    "exchanged",
    (rig) => (rig.place === "credentialExchange.exchanging" ? rig.exchanged() : undefined),
  ]),
  fc
    .tuple(fc.constantFrom(...statuses), fc.integer({ min: 0, max: 1 }))
    .map(([status, age]): [string, Move] => [
      `accepted ${status} of ${age} ago`,
      (rig) =>
        live(rig)?.send({
          type: "stream.accepted",
          streamAttempt: attempt(rig) - age,
          status,
          hasSessionToken: true,
        }),
    ]),
  fc
    .constantFrom(...statuses)
    .map((status): [string, Move] => [
      `approval ${status}`,
      (rig) => live(rig)?.send({ type: "stream.approval", streamAttempt: attempt(rig), status }),
    ]),
  fc.constant<[string, Move]>(["issued", (rig) => (live(rig) ? rig.issued() : undefined)]),
  fc.constant<[string, Move]>(["rejected", (rig) => (live(rig) ? rig.rejected() : undefined)]),
  fc
    .boolean()
    .map((ask): [string, Move] => [`answered ${ask}`, (rig) => (live(rig) ? rig.answered(ask) : undefined)]),
  fc.constant<[string, Move]>(["late", (rig) => (live(rig)?.pulses ? rig.late() : undefined)]),
  fc.constant<[string, Move]>(["peer-draining", (rig) => (live(rig) ? rig.peerDraining() : undefined)]),
  fc.constant<[string, Move]>(["ended", (rig) => (live(rig) ? rig.ended("server-closed") : undefined)]),
  fc
    .constantFrom(...works)
    .map((event): [string, Move] => [`${event.type}`, (rig) => rig.ports.works.at(-1)?.send(event)]),
  fc.constant<[string, Move]>(["retry.now", (rig) => rig.actor.send({ type: "retry.now" })]),
  fc.constant<[string, Move]>(["work.cancel", (rig) => rig.actor.send({ type: "work.cancel" })]),
  fc
    .integer({ min: 1, max: 70_000 })
    .map((ms): [string, Move] => [`${ms} ms`, (rig) => rig.clock.increment(ms)]),
);

/** A story of such moves. */
export const storyOf = (one: fc.Arbitrary<[string, Move]>) =>
  fc.array(one, { maxLength: 40 }).map((moves) => ({
    moves: moves.map(([, run]) => run),
    toString: () => moves.map(([name]) => name).join(", "),
  }));

export const story = storyOf(move);
