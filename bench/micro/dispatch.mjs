// One request through a registration's execution: slot, handler, answer, outbox, confirmation. No stream.
import { requestResponseConnector } from "mooring";
import { Execution } from "../../build/src/execution/execution.js";
import { decodeStreamMessage } from "../../build/src/protocol/message-decoder.js";
import { executeFrame, findId, setSerial } from "../frames.mjs";
import { report, time } from "./time.mjs";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
/** A gateway confirms with its heartbeat answers, or when the outbox asks. */
const confirmEvery = 256;

function executionOf(execute) {
  const execution = new Execution({
    key: "t.echo.i",
    connector: requestResponseConnector({ type: "echo", version: "1.0.0", execute }),
    maxConcurrentRequests: 100,
    maxQueuedRequests: 1_000,
    requestTimeoutMs: 30_000,
    outbox: { maxBytes: 4 * 1024 * 1024, maxAgeMs: 120_000 },
    logger: silent,
    now: () => performance.now(),
    wallClock: () => Date.now(),
  });
  execution.attach({ send: () => true });
  return execution;
}

const headBytes = 5;
const frame = executeFrame(7);
const id = findId(frame);
let serial = 0;

/** Decoding is part of it, because each request must have an id of its own. */
function dispatcher(execute) {
  const execution = executionOf(execute);
  return () => {
    serial += 1;
    setSerial(frame, id, serial);
    execution.dispatch(decodeStreamMessage(frame, headBytes, frame.length).message.value);
    if (serial % confirmEvery === 0) execution.confirm(execution.mark());
  };
}

report([
  time(
    "decode, run a handler that does nothing, answer",
    dispatcher(() => null),
  ),
  time(
    "decode, run a handler that parses JSON, answer with it",
    dispatcher((request) => request.json()),
  ),
]);
