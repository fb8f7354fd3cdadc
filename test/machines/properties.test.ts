import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FailureCause, failureOf } from "../../machines/failure.js";
import type { ApprovalStatus, WorkEvent } from "../../machines/ports.js";
import { wordsOfStream } from "./paths.js";
import { createRig, type Rig } from "./rig.js";

type Move = (rig: Rig) => void | Promise<void>;

const attempt = (rig: Rig) => rig.context.streamAttempt;
const live = (rig: Rig) => rig.ports.streams.at(-1);
const failures: FailureCause[] = [
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
const move: fc.Arbitrary<[string, Move]> = fc.oneof(
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

const story = fc.array(move, { maxLength: 40 }).map((moves) => ({
  moves: moves.map(([, run]) => run),
  toString: () => moves.map(([name]) => name).join(", "),
}));

/** Nothing that a stream says when it is over reaches the machine. */
function hearEarlierStreams(rig: Rig): void {
  const before = rig.actor.getSnapshot();
  for (const stream of rig.ports.streams)
    if (!stream.live) for (const event of wordsOfStream(stream.input.streamAttempt)) stream.send(event);
  expect(rig.actor.getSnapshot()).toBe(before);
}

async function play(rig: Rig, moves: readonly Move[]): Promise<void> {
  for (const run of moves) {
    if (rig.outputs.length > 0) return;
    await run(rig);
    hearEarlierStreams(rig);
  }
}

/** Holds after any story, whatever comes. */
function expectSound(rig: Rig): void {
  expect(rig.errors).toEqual([]);
  expect(rig.ports.mostStreams).toBeLessThanOrEqual(1);
  const alive = rig.ports.streams.filter((stream) => stream.live);
  const linked = ["awaitingRegister", "streaming", "credentialExchange"].includes(rig.view.state);
  expect(alive).toHaveLength(linked ? 1 : 0);
  const own = rig.emitted.filter((event) => event.type === "unexpected" && event.origin === "own");
  expect(own).toEqual([]);
  // An attempt may ask twice: with what is at hand, and after the steps.
  const asked = rig.ports.openings.map(({ input }) => input.streamAttempt);
  const attempts = asked.filter((attempt, index) => attempt !== asked[index - 1]);
  expect(attempts).toEqual(attempts.map((_, index) => index + 1));
}

describe("a registration, whatever comes in whatever order", () => {
  it("has one stream at most, exactly while linked, and never an event of its own that a state does not take", async () => {
    await fc.assert(
      fc.asyncProperty(story, fc.boolean(), async ({ moves }, reconnect) => {
        const rig = createRig({ policy: { reconnect } });
        await play(rig, moves);
        expectSound(rig);
        rig.actor.stop();
      }),
      { numRuns: 250 },
    );
  });

  it("is stopped at once by stop, with nothing left running", async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ moves }) => {
        const rig = createRig();
        await play(rig, moves);
        rig.actor.send({ type: "stop", reason: "shutdown" });
        expect(rig.place).toBe("stopped");
        expect(rig.outputs).toHaveLength(1);
        expect(rig.clock.size).toBe(0);
        expect(rig.ports.streams.filter((stream) => stream.live)).toEqual([]);
        expect(rig.ports.works.filter((work) => work.live)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it("is stopped by drain at its deadline at the latest", async () => {
    await fc.assert(
      fc.asyncProperty(story, story, async (before, during) => {
        const rig = createRig();
        await play(rig, before.moves);
        rig.actor.send({ type: "drain", deadlineMs: 10_000 });
        const deadline = rig.clock.now() + 10_000;
        await play(rig, during.moves);
        if (rig.clock.now() < deadline) rig.clock.set(deadline);
        expect(rig.place).toBe("stopped");
        expect(rig.outputs).toHaveLength(1);
        expect(rig.errors).toEqual([]);
        expect(rig.ports.mostStreams).toBeLessThanOrEqual(1);
        expect(rig.clock.size).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it("connects again within a bounded time after any story without a drain", async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ moves }) => {
        const rig = createRig();
        await play(rig, moves);
        // The gateway is silent from now on: deaf after 45 s, the slow pace 30.5 s, the opening's deadline 50 s.
        const openings = rig.ports.openings.length;
        if (live(rig)?.live && live(rig)?.pulses) rig.late();
        rig.clock.increment(200_000);
        expect(rig.ports.openings.length).toBeGreaterThan(openings);
      }),
      { numRuns: 100 },
    );
  });
});

describe("failures made for these stories", () => {
  it("are of all three kinds", () => {
    expect(new Set(failures.map((cause) => failureOf(cause).kind))).toEqual(
      new Set(["transient", "configuration", "rejected"]),
    );
  });
});
