/** Who says what to whom: what follows from names is what was sent. */
import { startTestBench } from "mooring/testing";
import { describe, expect, it } from "vitest";
import type { RecordedActor } from "../../src/recording/entry.js";
import { type RecordedLine, type Recording, readRecording } from "../../src/recording/read.js";
import { type Message, messagesOf, senderOf } from "../../src/recording/senders.js";
import { echo } from "../support/connectors.js";
import { neverMs } from "../support/never.js";
import { untilStatus } from "../support/until.js";
import { textOf } from "./texts.js";

const key = "acme.echo_test.one";

async function outage(): Promise<Recording> {
  await using bench = await startTestBench({
    registrations: [{ tenantId: "acme", instanceId: "one", connector: echo }],
    gateway: { approval: "manual" },
    runtime: { backoff: { baseMs: 1, maxMs: 1, jitterMs: 0 }, stableUptimeMs: neverMs },
  });
  const { runtime, gateway } = bench;
  gateway.approve(key);
  await untilStatus(runtime, key, ({ child }) => child === "serving");
  const lost = untilStatus(runtime, key, ({ state }) => state === "backoff");
  gateway.disturb("close");
  await lost;
  await untilStatus(runtime, key, ({ child }) => child === "serving");
  await runtime.drain({ deadlineMs: 1_000 });
  return readRecording(await textOf(runtime.recording()));
}

type Step = Extract<RecordedLine, { kind: "step" }>;

const stepsOf = ({ lines }: Recording): readonly Step[] =>
  lines.flatMap((line) => (line.kind === "step" ? [line] : []));

const messagesIn = (recording: Recording): readonly Message[] =>
  stepsOf(recording).flatMap(({ actor, event, sent = [] }) =>
    messagesOf({ chart: actor.chart, event, sent }),
  );

const spoken = ({ from, to, event, kind }: Message): string => `${from} → ${to}: ${kind} ${event}`;

describe("the messages of a recording", () => {
  it("lead a registration through its approval to the gateway and back", async () => {
    const messages = messagesIn(await outage()).map(spoken);
    const expected = [
      "partition → registration: start registration",
      "registration → gateway: start opening",
      "gateway → registration: event xstate.done.actor.opening",
      "registration → stream: start stream",
      "stream → gateway: event register",
      "gateway → registration: event stream.accepted",
      "gateway → registration: event stream.credentialsIssued",
      "credentials → tokenServer: start mint",
      "tokenServer → credentials: event xstate.done.actor.mint",
      "credentials → registration: event credentials.ready",
      "registration → gateway: event register",
      "registration → stream: event serve",
      "gateway → registration: event stream.ended",
      "registration → registration: timer xstate.after.backoffDelay.backoff",
      "partition → registration: event drain",
    ];
    let place = 0;
    for (const message of expected) {
      const found = messages.indexOf(message, place);
      expect(found, `${message} after ${messages[place - 1]}`).toBeGreaterThanOrEqual(place);
      place = found + 1;
    }
    expect(messages).toContain("program → supervisor: event drain");
    expect(messages).toContain("supervisor → partition: event drain");
    expect(messages).toContain("partition → supervisor: event registrations.moved");
  });

  it("come from the charts that have sent them", async () => {
    const recording = await outage();
    const steps = stepsOf(recording);
    const parentOf = ({ parent }: RecordedActor) => recording.actors.get(parent ?? -1);
    let checked = 0;
    for (const [place, { actor, event }] of steps.entries()) {
      const [message] = messagesOf({ chart: actor.chart, event });
      if (message?.kind !== "event" || event.type.startsWith("xstate.")) continue;
      const senders: Readonly<Record<string, (one: Step) => boolean>> = {
        credentials: (one) => parentOf(one.actor) === actor && one.actor.chart === "credentials",
        registration: (one) => one.actor === parentOf(actor),
        partition: (one) => one.actor === parentOf(actor) && actor.chart === "registration",
      };
      const isSender = senders[message.from];
      if (!isSender || actor.chart === "supervisor") continue;
      checked += 1;
      const sent = steps
        .slice(0, place)
        .filter(isSender)
        .flatMap(({ sent: outputs = [] }) => outputs);
      expect(sent).toContainEqual({ to: expect.any(String), event: expect.objectContaining(event) });
    }
    expect(checked).toBeGreaterThan(2);
  });
});

it("an event that its state does not take is a dead letter", () => {
  const sent = [
    { emits: { type: "unexpected", event: "stream.approval", origin: "wire", stale: false } },
  ] as const;
  expect(messagesOf({ chart: "registration", event: { type: "stream.approval" }, sent })).toEqual([
    { from: "gateway", to: "registration", event: "stream.approval", kind: "dead" },
  ]);
});

it.each([
  ["registration", "stream.heartbeatLate", "stream"],
  ["registration", "liveness.deaf", "liveness"],
  ["registration", "retry.now", "partition"],
  ["registration", "uptime.stable", "registration"],
  ["registration", "xstate.done.actor.hold", "work"],
  ["partition", "xstate.error.actor.~1", "registration"],
  ["partition", "registration.pause", "supervisor"],
  ["supervisor", "registrations.add", "program"],
] as const)("a %s takes %s from the %s", (chart, event, sender) => {
  expect(senderOf(chart, event)).toBe(sender);
});
