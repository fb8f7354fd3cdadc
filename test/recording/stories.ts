/** Random stories of recorded charts: the registration with real credentials and liveness, and with ports that answer anything. */
import fc from "fast-check";
import { fromPromise } from "xstate";
import { credentialsMachine } from "../../machines/credentials.js";
import { type FailureCause, failureOf } from "../../machines/failure.js";
import type {
  FindInput,
  FoundCredentials,
  MintedToken,
  MintInput,
  RegisterKeyInput,
  StepOutcome,
} from "../../machines/ports.js";
import { pictureOf } from "../../src/recording/picture.js";
import { Recorder } from "../../src/recording/recorder.js";
import type { RecordingSettings } from "../../src/recording/settings.js";
import { recordingLines } from "../../src/recording/write.js";
import { createRig, type Rig, settle } from "../machines/rig.js";
import { live, type Move, move, storyOf } from "../machines/stories.js";

type Outcome = StepOutcome<FoundCredentials | MintedToken | null>;

const causes: FailureCause[] = ["credentials-unavailable", "credentials-refused", "one-time-token-consumed"];

const failed: fc.Arbitrary<Outcome> = fc.record({
  ok: fc.constant(false as const),
  failure: fc
    .tuple(fc.constantFrom(...causes), fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }))
    .map(([cause, retryAfterMs]) => failureOf(cause, retryAfterMs === undefined ? {} : { retryAfterMs })),
  again: fc.boolean(),
});

const found: fc.Arbitrary<Outcome> = fc.record({
  ok: fc.constant(true as const),
  value: fc.record({
    source: fc.constantFrom("saved" as const, "one-time-token" as const, "anonymous" as const),
    next: fc.constantFrom("use" as const, "registerKey" as const, "mint" as const),
  }),
});

const minted: fc.Arbitrary<Outcome> = fc.record({
  ok: fc.constant(true as const),
  value: fc.record({
    renewInMs: fc.integer({ min: 0, max: 90_000 }),
    freshForMs: fc.integer({ min: 0, max: 90_000 }),
  }),
});

const registered: fc.Arbitrary<Outcome> = fc.constant({ ok: true as const, value: null });

/** Each call takes the next answer; null: the port fails as no port may. */
const answers = fc.record({
  find: fc.array(fc.oneof(found, failed), { minLength: 1, maxLength: 6 }),
  register: fc.array(fc.oneof(registered, failed), { minLength: 1, maxLength: 6 }),
  mint: fc.array(fc.oneof(minted, failed, fc.constant(null)), { minLength: 1, maxLength: 6 }),
});

const mostCalls = 20;

const answering = <Input, Value>(outcomes: readonly (Outcome | null)[]) => {
  let call = 0;
  return fromPromise<StepOutcome<Value>, Input>(async () => {
    const outcome = outcomes[call % outcomes.length];
    call += 1;
    // A port that answers at once, for ever, would hold up the test for ever.
    if (call > mostCalls) return new Promise<never>(() => {});
    if (outcome === null || outcome === undefined) throw new TypeError("a bug with planted-secret-of-a-port");
    return outcome as StepOutcome<Value>;
  });
};

const commands: readonly [string, Move][] = [
  ["drain", (rig) => rig.actor.send({ type: "drain", deadlineMs: 10_000 })],
  ["stop", (rig) => rig.actor.send({ type: "stop", reason: "paused" })],
  // No port may say so: the chart throws.
  [
    "fault",
    (rig) => live(rig)?.send({ type: "stream.ended", streamAttempt: rig.context.streamAttempt } as never),
  ],
];

const accepted: Move = (rig) =>
  live(rig)?.send({
    type: "stream.accepted",
    streamAttempt: rig.context.streamAttempt,
    status: "approved",
    hasSessionToken: false,
  });
const opened: Move = (rig) => rig.opened("anonymous");

const beginnings: readonly (readonly Move[])[] = [
  [],
  [opened, accepted],
  [opened, accepted, (rig) => rig.late()],
];

/** The same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export const recordedStory = fc.record({
  /** Few stories come to serve by themselves, and fewer to doubt their stream. */
  begins: fc.constantFrom(...beginnings),
  story: storyOf(
    fc.oneof({ arbitrary: move, weight: 20 }, { arbitrary: fc.constantFrom(...commands), weight: 1 }),
  ),
  seed: fc.nat(),
  answers,
  reconnect: fc.boolean(),
  hasCredentials: fc.boolean(),
  real: fc.boolean(),
});

type Story = typeof recordedStory extends fc.Arbitrary<infer Value> ? Value : never;

async function play(rig: Rig, moves: readonly Move[]): Promise<void> {
  for (const run of moves) {
    if (rig.outputs.length > 0 || rig.errors.length > 0) return;
    try {
      await run(rig);
    } catch {
      // The rig's own: this was not due, because credentials that are real lead elsewhere.
    }
    await settle();
  }
}

/** Plays the story; the recorder has what came of it. */
export async function record(
  { begins, story: { moves }, seed, answers: given, reconnect, hasCredentials, real }: Story,
  settings: RecordingSettings = { maxBytes: 2 ** 30, keep: "all" },
): Promise<Recorder> {
  const recorder = new Recorder(settings);
  const credentials = credentialsMachine.provide({
    actors: {
      findCredentials: answering<FindInput, FoundCredentials>(given.find),
      registerKey: answering<RegisterKeyInput, null>(given.register),
      mintToken: answering<MintInput, MintedToken>(given.mint),
    },
  });
  const rig = createRig({
    policy: { reconnect },
    random: seeded(seed),
    hasCredentials,
    recorder,
    ...(real ? { credentials: recorder.recorded("credentials", credentials, true) } : {}),
  });
  await play(rig, [...begins, ...moves]);
  return recorder;
}

export const textOfRecorder = (recorder: Recorder): string =>
  [...recordingLines(pictureOf(recorder, "asked"))].join("\n");
