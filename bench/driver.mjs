// The load driver: a gateway that does as little as possible. Replays pre-encoded request frames to every
// registered stream and keeps a window of them in flight. A process of its own; speaks JSON lines with its parent.
import { createServer } from "node:http2";
import {
  executeFrame,
  findId,
  heartbeatResponse,
  registerResponse,
  serialAt,
  setSerial,
  slotAt,
  splitter,
} from "./frames.mjs";

const registerTag = 0x0a;
const heartbeatTag = 0x32;
const answerTag = 0x22;
/** Written once and never again, so that what waits in the socket stays as it is. */
const slabBytes = 16 * 1024;
const streams = new Set();
let measuring;
let serial = 0;
let registered = 0;

class Stream {
  constructor(http2) {
    this.http2 = http2;
    this.count = 0;
    this.sentAt = [];
    this.serials = [];
    this.wrong = 0;
    this.slab = Buffer.allocUnsafeSlow(slabBytes);
    this.from = 0;
    this.at = 0;
    this.scheduled = false;
    this.registered = false;
  }

  take(bytes) {
    const tag = bytes[0];
    if (tag === answerTag) return this.answer(bytes);
    if (tag === registerTag) {
      this.write(registerResponse);
      if (!this.registered) registered += 1;
      this.registered = true;
      process.send?.({ registered });
    } else if (tag === heartbeatTag) this.write(heartbeatResponse);
  }

  answer(bytes) {
    if (!measuring) return;
    const id = findId(bytes);
    const slot = slotAt(bytes, id);
    // Exactly one answer, and to the request that is in flight.
    if (serialAt(bytes, id) !== this.serials[slot]) {
      this.wrong += 1;
      return;
    }
    const now = performance.now();
    if (measuring.counting) {
      this.count += 1;
      if ((this.count & 7) === 0) measuring.latencies.push(now - this.sentAt[slot]);
    }
    this.serials[slot] = -1;
    if (!measuring.over) this.ask(slot, now);
  }

  ask(slot, now) {
    serial += 1;
    this.sentAt[slot] = now;
    this.serials[slot] = serial;
    setSerial(measuring.frames[slot], measuring.ids[slot], serial);
    this.write(measuring.frames[slot]);
  }

  write(bytes) {
    if (this.at + bytes.length > slabBytes) this.flush();
    if (this.at + bytes.length > slabBytes) {
      this.slab = Buffer.allocUnsafeSlow(slabBytes);
      this.from = this.at = 0;
    }
    this.slab.set(bytes, this.at);
    this.at += bytes.length;
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  flush() {
    if (this.at > this.from) this.http2.write(this.slab.subarray(this.from, this.at));
    this.from = this.at;
  }
}

const server = createServer({
  settings: { maxConcurrentStreams: 1_000, initialWindowSize: 4 * 1024 * 1024 },
});
server.on("session", (session) => {
  session.setLocalWindowSize(64 * 1024 * 1024);
  session.on("error", () => {});
});
server.on("stream", (http2) => {
  const stream = new Stream(http2);
  streams.add(stream);
  http2.on("error", () => {});
  http2.on("close", () => {
    streams.delete(stream);
    if (stream.registered) registered -= 1;
  });
  http2.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  http2.on("wantTrailers", () => http2.sendTrailers({ "grpc-status": "0" }));
  http2.on(
    "data",
    splitter((bytes) => stream.take(bytes)),
  );
  http2.on("end", () => http2.end());
});

const percentile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

async function measure({ window, warmupMs, ms }) {
  measuring = {
    frames: Array.from({ length: window }, (_, slot) => executeFrame(slot)),
    ids: Array.from({ length: window }, (_, slot) => findId(executeFrame(slot))),
    latencies: [],
    counting: false,
    over: false,
  };
  const now = performance.now();
  for (const stream of streams) for (let slot = 0; slot < window; slot += 1) stream.ask(slot, now);
  await new Promise((resolve) => setTimeout(resolve, warmupMs));
  for (const stream of streams) stream.count = 0;
  process.send({ phase: "counting" });
  measuring.counting = true;
  const begun = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const seconds = (performance.now() - begun) / 1_000;
  measuring.counting = false;
  const counts = [...streams].map((stream) => stream.count);
  const latencies = measuring.latencies.sort((a, b) => a - b);
  measuring.over = true;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const squares = counts.reduce((sum, count) => sum + count * count, 0);
  process.send({
    result: {
      perSecond: total / seconds,
      answers: total,
      wrong: [...streams].reduce((sum, stream) => sum + stream.wrong, 0),
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      jain: squares === 0 ? 0 : (total * total) / (counts.length * squares),
    },
  });
}

process.on("message", (command) => {
  if (command.measure) void measure(command.measure);
});
process.on("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
