// A chunk of a socket to the bytes of its answers: frames, session, execution, handler, outbox, encoding. Of `lean` without
// HTTP/2, which is Node's there; of `h2` with it.
import { requestResponseConnector } from "mooring";
import { Execution } from "../../build/src/execution/execution.js";
import { heartbeatRequest } from "../../build/src/session/heartbeats.js";
import { StreamSession } from "../../build/src/session/session.js";
import { Ticker } from "../../build/src/session/ticker.js";
import { Connection } from "../../build/src/transport/h2/connection.js";
import { Flag, FrameType } from "../../build/src/transport/h2/frame.js";
import { encodeHeaders } from "../../build/src/transport/h2/hpack/header-encoder.js";
import { H2Stream } from "../../build/src/transport/h2/stream.js";
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

let writes = 0;
const written = () => {
  writes += 1;
};

/** As much of a stream of `node:http2` as a lean stream asks for. */
function nodeStream() {
  const handlers = {};
  return {
    handlers,
    on(event, handler) {
      handlers[event] = handler;
    },
    write() {
      written();
      return true;
    },
    destroyed: false,
    writableLength: 0,
  };
}

const placeOn = (channel) => ({
  channel: { watch() {}, unwatch() {}, state: "open", ...channel },
  answered() {},
  ended() {},
  release() {},
});

const maxMessageBytes = 4 * 1024 * 1024;

/** Each: opens a stream for a session, and returns how bytes of messages come on it. */
const adapters = {
  lean(session) {
    const socket = nodeStream();
    session.bind(new LeanStream(placeOn(), socket, session, maxMessageBytes));
    return (bytes) => socket.handlers.data(Buffer.from(bytes));
  },
  h2(session) {
    const wire = {
      write(_, taken) {
        written();
        taken();
      },
      destroy() {},
    };
    const told = {
      settled() {},
      goingAway() {},
      broken: (fault) =>
        process.nextTick(() => {
          throw fault;
        }),
    };
    const connection = new Connection(wire, told);
    connection.receive(h2Frame(FrameType.SETTINGS, 0, 0, Buffer.from("00047fffffff", "hex")));
    connection.receive(h2Frame(FrameType.WINDOW_UPDATE, 0, 0, Buffer.from("7fff0000", "hex")));
    const block = encodeHeaders([{ name: ":method", value: "POST" }]);
    const place = placeOn({
      start: (given, owner) => connection.start(given, owner),
      flush: () => connection.flush(),
      whenTaken: (taken) => connection.whenTaken(taken),
    });
    const first = heartbeatRequest(1);
    session.bind(new H2Stream(place, block, first, session, maxMessageBytes, () => {}));
    const answer = encodeHeaders([
      { name: ":status", value: "200" },
      { name: "content-type", value: "application/grpc" },
    ]);
    connection.receive(h2Frame(FrameType.HEADERS, Flag.END_HEADERS, 1, answer));
    return (bytes) => connection.receive(h2Frame(FrameType.DATA, 0, 1, bytes));
  },
};

function h2Frame(type, flags, stream, payload) {
  const frame = Buffer.allocUnsafeSlow(9 + payload.length);
  frame.writeUIntBE(payload.length, 0, 3);
  frame[3] = type;
  frame[4] = flags;
  frame.writeUInt32BE(stream, 5);
  payload.copy(frame, 9);
  return frame;
}

const frames = Array.from({ length: inFlight }, (_, slot) => executeFrame(slot));
const whole = Buffer.concat(frames);
const ids = frames.map((frame, i) => findId(whole, i * frame.length));

async function path(name) {
  const execution = executionOf();
  const session = sessionOf(execution);
  const deliver = adapters[name](session);
  session.serve();
  let serial = 0;

  /** One turn: a chunk of its own, as a socket gives it, and the write of its answers. */
  function turn() {
    for (const id of ids) {
      serial += 1;
      setSerial(whole, id, serial);
    }
    deliver(whole);
    // The session has asked for it by then.
    if (execution.wantsConfirmation) deliver(heartbeatResponse);
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

  writes = 0;
  for (let i = 0; i < 3; i += 1) await sample();
  const found = [];
  for (let i = 0; i < samples; i += 1) found.push(await sample());
  const of = (field) => found.map((one) => one[field]);
  if (execution.counters.requests_processed !== serial || execution.unconfirmed > 4 * 256 || writes === 0)
    throw new Error("The path lost requests or confirmations.");
  return {
    what: `a request from the chunk to the bytes of its answer, ${name}`,
    ns: median(of("ns")),
    cpuNs: Math.min(...of("cpuNs")),
    spread: spread(of("ns")),
  };
}

const found = [];
for (const name of process.argv[2]?.split(",") ?? Object.keys(adapters)) found.push(await path(name));
report(found);
