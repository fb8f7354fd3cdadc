/**
 * The allow-list follows the machines' own types: each field that a machine or a port is given, holds or says is shown,
 * or is withheld here for a reason; and no name stays that nobody uses.
 */
import { startTestBench } from "mooring/testing";
import { expect, it, onTestFinished } from "vitest";
import { redact, redacted, shownFields } from "../../src/inspect/redact.js";
import type { InspectionMessage } from "../../src/inspect/stately-messages.js";
import { echo } from "../support/connectors.js";
import { fieldsOfMachines } from "./machine-fields.js";

/** Fields that no viewer gets, and why. */
const withheld: Readonly<Record<string, string>> = {
  detail: "may quote words of the gateway; the status has them, made safe",
  error: "whatever was thrown, by code that is not ours too",
  held: "messages of the gateway",
  members: "actors and keys of many registrations; each is an actor of its own in the feed",
  movements: "as many as the partitions' registrations; the counts tell what they came to",
  random: "a function",
  specs: "as many as were added together; each is told alone to its partition",
};

/** Shown fields that may hold any text, and why none of it is a secret. */
const harmlessTexts: Readonly<Record<string, string>> = {
  actorId: "a name that a machine gives its child",
  code: "the name of a gRPC status or of an error of Node",
  enteredBy: "the type of an event",
  event: "the type of an event",
  handle: "an opaque name that the session made",
  key: "the registration's public name",
  offerId: "an opaque name that the session made; the one-time token stays there",
};

/** XState's own, in its events. */
const ownFields = ["input", "output", "data", "actorId", "error"];

const fields = fieldsOfMachines();
const names = [...new Set([...fields.map(({ name }) => name), ...ownFields])];

it("finds the fields of every machine and of every port", () => {
  const places = fields.map(({ place }) => place);
  for (const place of [
    "registrationMachine.context.exchange.offerId",
    "registrationMachine.event.failure.retryAfterMs",
    "credentialsMachine.input.policy.backoff.maxMs",
    "registrationMachine.output.reason",
    "supervisorMachine.event.movements",
    "partitionMachine.event.spec.policy",
    "livenessMachine.context.remainingMs",
    "openStream.output.value.handle",
    "work.input.mode",
    "partitions.event.deadlineMs",
  ])
    expect(places).toContain(place);
});

it("somebody decided of each field whether it is shown", () => {
  const undecided = names.filter((name) => !shownFields.has(name) && !Object.hasOwn(withheld, name));
  expect(undecided).toEqual([]);
});

it("no field is shown and withheld", () => {
  expect(Object.keys(withheld).filter((name) => shownFields.has(name))).toEqual([]);
});

it("no name stays that nothing has", () => {
  expect([...shownFields, ...Object.keys(withheld)].filter((name) => !names.includes(name))).toEqual([]);
});

it("each shown field that may hold any text is known to hold none that is secret", () => {
  const texts = fields.filter(({ name, isFreeText }) => isFreeText && shownFields.has(name));
  expect([...new Set(texts.map(({ name }) => name))].sort()).toEqual(Object.keys(harmlessTexts).sort());
});

it("shows what an actor was given and came to only as far as its fields are shown", () => {
  const event = {
    type: "xstate.done.actor.opening",
    output: { ok: true, value: { handle: "7", note: "x" } },
  };
  expect(redact(event)).toEqual({
    type: "xstate.done.actor.opening",
    output: { ok: true, value: { handle: "7", note: redacted } },
  });
  expect(redact({ output: "planted", input: "planted", value: "planted", failure: "planted" })).toEqual({
    output: redacted,
    input: redacted,
    value: redacted,
    failure: redacted,
  });
});

/** Names of the fields whose value is withheld, anywhere in it. */
function withheldIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (inner === redacted ? [name] : withheldIn(inner)));
}

it("a live registration hides nothing but what is withheld on purpose", async () => {
  const messages: InspectionMessage[] = [];
  const bench = await startTestBench({
    registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
    runtime: { inspect: (message) => void messages.push(message) },
  });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const hidden = new Set(messages.flatMap(withheldIn));
  expect([...hidden].filter((name) => !Object.hasOwn(withheld, name))).toEqual([]);
  const contexts = messages.flatMap((message) =>
    message.type === "@xstate.snapshot" && message.snapshot.context ? [message.snapshot.context] : [],
  );
  const last = contexts.findLast(({ key, enteredBy }) => key === "t.echo_test.one" && enteredBy);
  expect(last).toMatchObject({
    exchange: { offerId: null },
    registersAgain: { fresh: 0, stalled: 0 },
    strays: { unexpected: 0, stale: 0 },
    enteredBy: expect.stringMatching(/^\w/),
  });
});
