/** What a viewer gets of values, by the allow-list. `redacted-fields.slow.test.ts` holds the list to the machines' types. */
import { startTestBench } from "mooring/testing";
import { expect, it, onTestFinished } from "vitest";
import { redact, redacted } from "../../src/inspect/redact.js";
import type { InspectionMessage } from "../../src/inspect/stately-messages.js";
import { echo } from "../support/connectors.js";
import { withheld } from "./withheld.js";

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
  const contexts = () =>
    messages.flatMap((message) =>
      message.type === "@xstate.snapshot" && message.snapshot.context ? [message.snapshot.context] : [],
    );
  const last = () => contexts().findLast(({ key, enteredBy }) => key === "t.echo_test.one" && enteredBy);
  // What hands on is loaded while the runtime serves already.
  await expect.poll(last).toBeDefined();
  const hidden = new Set(messages.flatMap(withheldIn));
  expect([...hidden].filter((name) => !Object.hasOwn(withheld, name))).toEqual([]);
  expect(last()).toMatchObject({
    exchange: { offerId: null },
    registersAgain: { fresh: 0, stalled: 0 },
    strays: { unexpected: 0, stale: 0 },
    enteredBy: expect.stringMatching(/^\w/),
  });
});
