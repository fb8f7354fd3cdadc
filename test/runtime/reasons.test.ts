/** What the page says of a registration in short: why, what to do, and what troubles one that serves. */
import { createRuntime, type RegistrationStatus } from "mooring";
import { expect, it, onTestFinished } from "vitest";
import { loopBlocked } from "../../src/runtime/journal.js";
import { reasonsOf } from "../../src/runtime/reasons.js";
import { echo } from "../support/connectors.js";

function statusOf(more: Partial<RegistrationStatus> = {}): RegistrationStatus {
  const runtime = createRuntime({ env: {} });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "t", instanceId: "i", connector: echo });
  const [status] = runtime.status().registrations;
  if (!status) throw new Error("It was added.");
  return { ...status, state: "streaming", child: "serving", ready: true, ...more };
}

it("nothing of one that serves well", () => {
  expect(reasonsOf(statusOf(), [], { now: 0, gateway: "grpc://gw:1" })).toEqual([]);
});

it("the cause and what to do, a line each", () => {
  const failed = statusOf({
    state: "backoff",
    child: "transient",
    ready: false,
    cause: "unreachable",
    code: "ECONNREFUSED",
  });
  const [cause, remedy] = reasonsOf(failed, [], { now: 0, gateway: "grpc://gw:1" });
  expect(cause).toMatch(/^Cause: unreachable \(ECONNREFUSED\): .*grpc:\/\/gw:1\.$/);
  expect(remedy).toMatch(/^What to do: Check url/);
});

it("the file that credentials could not be written to, and the handler that held the thread", () => {
  const { signs } = statusOf();
  const troubled = { ...signs, unsavedCode: "ENOSPC", unsavedPath: "/keys/a.json", blockedAt: 1 };
  const detail = "the event loop was blocked for 2 s by the handler `crunch` of t.c.other";
  const block = { at: 1, kind: "note", state: "streaming.serving", event: loopBlocked, detail } as const;
  expect(reasonsOf(statusOf({ signs: troubled }), [block], { now: 0, gateway: "grpc://gw:1" })).toEqual([
    "Credentials: not saved (ENOSPC: /keys/a.json): they are lost when this process ends.",
    `Last block of its thread: ${detail}.`,
  ]);
});
