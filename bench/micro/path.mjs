// A chunk of a socket to the bytes of its answers: frames, session, execution, handler, outbox, encoding; without HTTP/2.
import { requestResponseConnector } from "mooring";
import { Execution } from "../../build/src/execution/execution.js";
import { StreamSession } from "../../build/src/session/session.js";
import { Ticker } from "../../build/src/session/ticker.js";
import { LeanStream } from "../../build/src/transport/lean/stream.js";
import { executeFrame, findId, heartbeatResponse, setSerial } from "../frames.mjs";
import { median, spread } from "../statistics.mjs";
import { report } from "./time.mjs";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const inFlight = 16;
const samples = 15;
const turnsOfSample = 2_000;
const now = () => performance.now();
const wallClock = () => Date.now();

const executionOf = () =>
  new Execution({
    key: "t.echo.i",
    connector: requestResponseConnector({
      type: "echo",
      version: "1.0.0",
      execute: (request) => request.json(),
    }),
    maxConcurrentRequests: 100,
    maxQueuedRequests: 1_000,
    requestTimeoutMs: 30_000,
    outbox: { maxBytes: 4 * 1024 * 1024, maxAgeMs: 120_000 },
    logger: silent,
    now,
    wallClock,
  });

const sessionOf = (execution) =>
  new StreamSession({
    identity: { tenantId: "t", connectorType: "echo", instanceId: "i" },
    key: "t.echo.i",
    execution,
    doors: { of: () => undefined, serve() {}, leave() {} },
    ticker: new Ticker(0),
    pulse: { ticker: new Ticker(0), suspectMs: 60_000 },
    roundTrips: { add() {} },
    now,
    wallClock,
  });

/** As much of an HTTP/2 stream as a lean stream asks for: `written` is called with each chunk. */
function socketOf(written) {
  const handlers = {};
  return {
    handlers,
    on(event, handler) {
      handlers[event] = handler;
    },
    write(chunk) {
      written(chunk);
      return true;
    },
    destroyed: false,
    writableLength: 0,
  };
}

const place = {
  channel: { watch() {}, unwatch() {}, state: "open" },
  answered() {},
  ended() {},
  release() {},
};

let writes = 0;
const socket = socketOf(() => {
  writes += 1;
});
const execution = executionOf();
const session = sessionOf(execution);
const stream = new LeanStream(place, socket, session, 4 * 1024 * 1024);
session.bind(stream);
session.serve();

const frames = Array.from({ length: inFlight }, (_, slot) => executeFrame(slot));
const whole = Buffer.concat(frames);
const ids = frames.map((frame, i) => findId(whole, i * frame.length));
let serial = 0;

/** One turn: a chunk of its own, as a socket gives it, and the write of its answers. */
function turn() {
  for (const id of ids) {
    serial += 1;
    setSerial(whole, id, serial);
  }
  socket.handlers.data(Buffer.from(whole));
  // The session has asked for it by then.
  if (execution.wantsConfirmation) socket.handlers.data(heartbeatResponse);
  return new Promise((resolve) => setImmediate(resolve));
}

async function sample() {
  const begun = performance.now();
  const before = process.cpuUsage();
  for (let i = 0; i < turnsOfSample; i += 1) await turn();
  const { user, system } = process.cpuUsage(before);
  const requests = turnsOfSample * inFlight;
  return { ns: ((performance.now() - begun) * 1e6) / requests, cpuNs: ((user + system) * 1e3) / requests };
}

for (let i = 0; i < 3; i += 1) await sample();
const found = [];
for (let i = 0; i < samples; i += 1) found.push(await sample());
const of = (field) => found.map((one) => one[field]);
if (execution.counters.requests_processed !== serial || execution.unconfirmed > 4 * 256 || writes === 0)
  throw new Error("The path lost requests or confirmations.");
report([
  {
    what: "a request from the chunk to the bytes of its answer",
    ns: median(of("ns")),
    cpuNs: Math.min(...of("cpuNs")),
    spread: spread(of("ns")),
  },
]);
