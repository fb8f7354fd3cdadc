/**
 * The allow-list follows the machines' own types, as the compiler sees them: each field that a machine or a port is
 * given, holds or says is shown, or is withheld for a reason; and no name stays that nobody uses.
 */
import { expect, it } from "vitest";
import { shownFields } from "../../src/inspect/redact.js";
import { fieldsOfMachines } from "./machine-fields.js";
import { withheld } from "./withheld.js";

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
