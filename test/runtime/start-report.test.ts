import { expect, it } from "vitest";
import type { ManagedRegistration } from "../../src/runtime/registration-runner.js";
import { startReport } from "../../src/runtime/reports.js";
import type { RegistrationStatus } from "../../src/runtime/status.js";

/** Ready whenever it is asked an odd time: a thread may fall silent between two looks. */
function wavering(key: string): ManagedRegistration {
  let asked = 0;
  return {
    key,
    get isReady() {
      asked += 1;
      return asked % 2 === 1;
    },
    status: () =>
      ({ key, state: "backoff", child: null, tags: ["backingOff"] }) as unknown as RegistrationStatus, // as far as it is read
    series: () => [],
    history: () => [],
    invoke: () => Promise.reject(new Error("Nothing is invoked here.")),
    asked: () => {},
  };
}

it("a start's report has each registration in one list, whatever it says a moment later", () => {
  const { ready, pendingApproval, failing } = startReport(
    [wavering("t.c.one"), wavering("t.c.two")],
    () => "",
    false,
  );
  expect([...ready, ...pendingApproval, ...failing.map(({ key }) => key)]).toEqual(["t.c.one", "t.c.two"]);
});
