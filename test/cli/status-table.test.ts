import type { RegistrationStatus } from "mooring";
import { describe, expect, it } from "vitest";
import { statusTable } from "../../src/cli/status-table.js";
import { RemoteRegistration } from "../../src/workers/remote-registration.js";

const identity = { tenantId: "t", connectorType: "echo", instanceId: "i" };
const one = new RemoteRegistration(identity, {} as never, 0, { kind: "gRPC", why: null }).status();

function shadeOf(status: Partial<RegistrationStatus>): string | undefined {
  const [, row = ""] = statusTable({ registrations: [{ ...one, ...status }] }, { colour: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour is one
  return /\u001b\[(\d\d)m/.exec(row)?.[1];
}

describe("the colour of a state in the status table", () => {
  it.each([
    ["green when it is ready", { state: "streaming", child: "serving", ready: true, tags: ["ready"] }, "32"],
    // As of a worker thread that does not answer.
    ["none when it serves and is not ready", { state: "streaming", child: "serving", tags: [] }, undefined],
    ["yellow while a person is asked", { state: "streaming", tags: ["waitsForPerson"] }, "33"],
    ["red between two tries", { state: "backoff", tags: ["backingOff"] }, "31"],
    ["grey at its end", { state: "stopped" }, "90"],
  ] as const)("is %s", (_, status, shade) => {
    expect(shadeOf(status)).toBe(shade);
  });
});
