/** The `work` port: quiets a registration's execution and tells when nothing is left. */
import { fromCallback } from "xstate";
import type { WorkCommand, WorkInput, WorkLogic } from "../../machines/ports.js";
import type { Services } from "./services.js";

export const workPort = (services: Services) => {
  const logic: WorkLogic = ({ input, sendBack, receive }) => {
    const { execution, doors } = services.registration(input.key);
    const release = input.mode === "hold" ? execution.hold() : () => {};
    if (input.mode === "drain") {
      execution.drain();
      doors.drain();
    }
    receive(() => execution.cancelRunning());
    const unwatch = execution.watch({
      finished: (unconfirmed) => sendBack({ type: "work.finished", unconfirmed }),
      settled: () => sendBack({ type: "work.settled" }),
    });
    return () => {
      unwatch();
      release();
    };
  };
  return fromCallback<WorkCommand, WorkInput>(logic);
};
