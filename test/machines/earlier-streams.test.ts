/**
 * An event of a stream that is over never acts on the next one. XState drops what a stopped actor says; what it had
 * said before is in the machine's mailbox ahead of the end of any opening, which a promise tells in a later turn.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureOf } from "../../machines/failure.js";
import type { StreamEvent } from "../../machines/ports.js";
import type { RegistrationEvent } from "../../machines/registration/types.js";
import { wordsOfStream } from "./paths.js";
import { createRig, type Rig, settle } from "./rig.js";
import { useRigs } from "./rigs.js";

const rigOf = useRigs();
const words = wordsOfStream(1);
/** Each ends the stream of a registration that serves. */
const lastWords: readonly StreamEvent[] = [
  { type: "stream.ended", streamAttempt: 1, failure: failureOf("server-closed") },
  { type: "stream.approval", streamAttempt: 1, status: "rejected" },
  { type: "stream.accepted", streamAttempt: 1, status: "rejected", hasSessionToken: false },
];

/** What is said in one turn of the machine: by the stream, or to the machine. */
type Burst = readonly (StreamEvent | { readonly type: "retry.now" })[];

/** Says it all while the machine is at work: with a command that it gives its stream. */
async function say(rig: Rig, burst: Burst): Promise<void> {
  rig.ports.onCommand = (command, stream) => {
    if (command.type !== "heartbeat") return;
    rig.ports.onCommand = null;
    for (const event of burst)
      if (event.type === "retry.now") rig.actor.send(event);
      else stream.send(event);
  };
  rig.late();
  await settle();
}

async function serving(opensAtOnce: boolean): Promise<Rig> {
  const rig = createRig({ policy: { backoff: { baseMs: 0, maxMs: 0, jitterMs: 0 }, refusedDelayMs: 0 } });
  await rig.serving();
  if (opensAtOnce)
    rig.ports.opensAtOnce = ({ streamAttempt }) => ({
      ok: true,
      value: { handle: `handle-${streamAttempt}`, credentialSource: "saved", hasSessionToken: false },
    });
  return rig;
}

/** All there is to tell of a registration, but for what it has not taken. */
const standOf = (rig: Rig) => {
  const { strays, policy, random, ...context } = rig.context;
  const { value, children } = rig.actor.getSnapshot();
  const told = rig.ports.streams.map(({ input, commands, live }) => [input.streamAttempt, commands, live]);
  return { value, context, children: Object.keys(children).sort(), told, notes: rig.notes };
};

/** How it stands at once, and after the next opening and its timers. */
async function outcomeOf(burst: Burst, opensAtOnce: boolean) {
  const rig = await serving(opensAtOnce);
  await say(rig, burst);
  const atOnce = standOf(rig);
  rig.clock.increment(0);
  await settle();
  const later = standOf(rig);
  expect(rig.errors).toEqual([]);
  expect(rig.ports.mostStreams).toBe(1);
  rig.actor.stop();
  return { atOnce, later };
}

const retry = { type: "retry.now" } as const satisfies RegistrationEvent;

describe("what a stream says in the turn in which it ends", () => {
  it.each(lastWords.flatMap((end) => [false, true].map((atOnce) => [end, atOnce] as const)))(
    "counts up to $type alone",
    async (end, opensAtOnce) => {
      const alone = await outcomeOf([end, retry], opensAtOnce);
      for (const word of words) {
        expect(await outcomeOf([end, word, retry], opensAtOnce)).toEqual(alone);
        expect(await outcomeOf([end, retry, word], opensAtOnce)).toEqual(alone);
      }
      if (opensAtOnce)
        expect(alone.later.value).toMatchObject({ connection: { linked: { awaitingRegister: "first" } } });
    },
  );

  it("counts so in any order and number", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...lastWords),
        fc.array(fc.constantFrom(...words, retry, retry), { maxLength: 12 }),
        fc.boolean(),
        async (end, rest, opensAtOnce) => {
          const retries = rest.filter((event) => event.type === "retry.now");
          expect(await outcomeOf([end, ...rest], opensAtOnce)).toEqual(
            await outcomeOf([end, ...retries], opensAtOnce),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it("is counted as not taken: without a stream nothing of the wire is expected", async () => {
    const rig = rigOf({ policy: { backoff: { baseMs: 0, maxMs: 0, jitterMs: 0 } } });
    await rig.serving();
    const [end] = lastWords;
    await say(rig, [
      end as StreamEvent,
      { type: "stream.peerDraining", streamAttempt: 1 },
      retry,
      end as StreamEvent,
    ]);
    expect(rig.context.strays).toEqual({ unexpected: 1, stale: 1 });
  });
});
