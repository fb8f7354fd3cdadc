/** The lines of a recording of any size: registrations that start, serve, lose their link and come back, over an hour. */

import { defaultPolicy } from "../../build/machines/policy.js";
import { chartVersions } from "../../build/src/recording/charts.js";

const begun = 1_795_900_000_000;
const span = 3_600_000;
const perPartition = 16;

const connection = (connecting) => ({ connection: connecting, intake: "accepting" });
const failure = { kind: "transient", cause: "connection-lost" };

/** What one registration goes through, again and again. */
const cycle = [
  {
    event: (n) => ({
      type: "xstate.done.actor.opening",
      output: { ok: true, value: { handle: `h#${n}`, credentialSource: "saved", hasSessionToken: true } },
      actorId: "opening",
    }),
    state: connection({ linked: { awaitingRegister: "first" } }),
    context: (n) => ({ handle: `h#${n}`, enteredBy: "xstate.done.actor.opening", credentialSource: "saved" }),
    sent: (key, n) => [
      { stops: "opening" },
      { starts: "stream", input: { key, handle: `h#${n}`, streamAttempt: n } },
    ],
    taken: ["registration.connection.connecting.opening xstate.done.actor.opening 0"],
    asked: [["isOk", true]],
  },
  {
    event: (n) => ({ streamAttempt: n, type: "stream.accepted", status: "approved", hasSessionToken: true }),
    state: connection({ linked: { streaming: "serving" } }),
    context: (n) => ({ enteredBy: "stream.accepted", accepted: n, held: [], failure: null, attempt: 0 }),
    sent: () => [
      { to: "stream", event: { type: "pulse" } },
      { to: "stream", event: { type: "serve" } },
    ],
    taken: ["registration.connection.linked.awaitingRegister.first stream.accepted 6"],
    asked: [
      ["isRejected", false],
      ["isPending", false],
    ],
  },
  {
    event: (n) => ({ type: "stream.ended", streamAttempt: n, failure }),
    state: connection({ backoff: "transient" }),
    context: () => ({ attempt: 1, backoffMs: 500, enteredBy: "stream.ended", failure }),
    sent: () => [{ stops: "stream" }],
    taken: ["registration.connection.linked stream.ended 0"],
    asked: [["isRefusal", false]],
  },
  {
    event: () => ({ type: "xstate.after.backoffDelay.backoff" }),
    state: connection({ connecting: "opening" }),
    context: (n) => ({ streamAttempt: n + 1, backoffMs: 0, enteredBy: "xstate.after.backoffDelay.backoff" }),
    sent: (key, n) => [{ starts: "opening", input: { key, streamAttempt: n + 1, onlyAtHand: false } }],
    taken: ["registration.connection.backoff xstate.after.backoffDelay.backoff 4"],
    asked: [],
  },
];

const startContext = (key) => ({
  key,
  policy: 0,
  streamAttempt: 1,
  handle: "",
  attempt: 0,
  backoffMs: 0,
  enteredBy: "xstate.init",
  accepted: 0,
  rejections: 0,
  registersAgain: { fresh: 0, stalled: 0 },
  exchange: { offerId: null, tries: 0, delayMs: 0 },
  held: [],
  failure: null,
  stopReason: null,
  credentialSource: null,
  hasSessionToken: false,
  strays: { unexpected: 0, stale: 0 },
});

export function* recordingLines({ events, registrations }) {
  yield JSON.stringify({
    format: "mooring-recording",
    version: 1,
    mooring: "0.1.0",
    charts: chartVersions(),
    startedAt: begun,
    writtenAt: begun + span,
    occasion: "asked",
    keep: "all",
    dropped: 0,
    faultAt: null,
  });
  yield JSON.stringify({ policy: 0, values: defaultPolicy });
  const partitions = Math.ceil(registrations / perPartition);
  yield JSON.stringify({ actor: 1, chart: "supervisor", key: "", parent: null });
  const start = { type: "xstate.init" };
  yield JSON.stringify({
    actor: 1,
    at: begun,
    event: start,
    state: { active: "running" },
    context: { partitionSize: 16 },
  });
  for (let one = 0; one < partitions; one += 1) {
    yield JSON.stringify({ actor: 2 + one, chart: "partition", key: "", parent: 1 });
    yield JSON.stringify({
      actor: 2 + one,
      at: begun,
      event: start,
      state: "hosting",
      context: { members: 16, partition: one + 1 },
    });
  }
  const keys = Array.from({ length: registrations }, (_, at) => `tenant${at % 7}.type${at % 3}.n${at}`);
  const first = 2 + partitions;
  const steps = events - partitions - 1;
  for (let step = 0; step < steps; step += 1) {
    const at = begun + Math.floor((step / steps) * span);
    const round = Math.floor(step / registrations);
    // All move in each round, in another order each time.
    const who = round === 0 ? step : (step * 7_919 + round * 31) % registrations;
    const actor = first + who;
    const key = keys[who];
    if (round === 0) {
      yield JSON.stringify({ actor, chart: "registration", key, parent: 2 + Math.floor(who / perPartition) });
      const event = { ...start, input: { streamAttempt: 0, key, policy: 0 } };
      const sent = [{ starts: "opening", input: { key, streamAttempt: 1, onlyAtHand: true } }];
      const state = connection({ connecting: "atOnce" });
      yield JSON.stringify({ actor, at, event, state, context: startContext(key), sent });
      continue;
    }
    const { event, state, context, sent, taken, asked } = cycle[(round - 1) % cycle.length];
    const n = 1 + Math.floor((round - 1) / cycle.length);
    yield JSON.stringify({
      actor,
      at,
      event: event(n),
      state,
      context: context(n),
      sent: sent(key, n),
      taken,
      asked,
    });
  }
}
