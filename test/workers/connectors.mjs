/** The connectors that worker threads of tests load. */
import { BroadcastChannel, receiveMessageOnPort, threadId } from "node:worker_threads";
import { requestResponseConnector } from "mooring";

export const where = requestResponseConnector({
  type: "where",
  version: "0.0.1",
  execute: () => ({ threadId }),
});

/** Does to its thread what the request says; to no other than the one it names. */
export const harm = requestResponseConnector({
  type: "harm",
  version: "0.0.1",
  execute: (request, context) => {
    const { how, to } = request.json();
    if (to !== undefined && to !== threadId) return "spared";
    // It listens before it says that it does.
    const orders =
      how.endsWith("when told") || how.endsWith("until told") ? new BroadcastChannel("harm") : undefined;
    context.logger.info({ how }, "harming");
    if (how === "slip") throw Object.assign(new TypeError("not meant"), { cause: () => "cannot cross" });
    if (how === "exit") process.exit(3);
    // Deaf to everything else until then.
    const obey = () => {
      for (let saidAt = 0; !receiveMessageOnPort(orders); ) {
        if (how !== "chat until told" || performance.now() - saidAt < 100) continue;
        context.logger.debug({}, "still at it");
        saidAt = performance.now();
      }
      orders.close();
    };
    if (how === "go on after an await, until told")
      return new Promise((resolve) => setImmediate(resolve)).then(obey);
    if (orders) {
      obey();
      if (how === "wait until told" || how === "chat until told") return "waited";
      process.exit(3);
    }
    if (how === "throw")
      setImmediate(() => {
        throw new Error("nobody catches this");
      });
    if (how === "block") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return new Promise(() => {});
  },
});

const waiting = [];

/** Answers when it is asked to let go, or when its registration drains. */
export const patient = requestResponseConnector({
  type: "patient",
  version: "0.0.1",
  execute: (request, context) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      context.draining.addEventListener("abort", () => resolve("drained"), { once: true });
      context.logger.info({ waiting: waiting.length }, "waiting");
      if (request.json() === "go") for (const go of waiting) go("gone");
    }),
});
