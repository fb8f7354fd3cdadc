import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureOf } from "../../machines/failure.js";
import { wordsOfStream } from "./paths.js";
import { createRig, type Rig } from "./rig.js";
import { failures, live, type Move, story } from "./stories.js";

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
