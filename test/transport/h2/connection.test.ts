/** What a connection of h2 does with calls: who is opened, who sends when, and what a peer that does not read costs. */
import { expect, it } from "vitest";
import { frameLimits } from "../../../src/protocol/limits.js";
import { Flag, FrameType } from "../../../src/transport/h2/frame.js";
import { answerHead, type Frame, frame, goaway, Rig, settings, TestOwner, windowUpdate } from "./kit/raw.js";

const maxConcurrentStreams = 3;
const initialWindowSize = 4;

const dataOf = (frames: readonly Frame[]) =>
  frames
    .filter(({ type }) => type === FrameType.DATA)
    .map(({ stream, length, flags }) => [stream, length, flags & Flag.END_STREAM]);
const opened = (frames: readonly Frame[]) =>
  frames.filter(({ type }) => type === FrameType.HEADERS).map(({ stream }) => stream);

it("opens no more calls than the peer takes, and the next when one is closed by both sides", () => {
  const rig = new Rig([maxConcurrentStreams, 1]);
  const first = rig.start();
  rig.start();
  expect(opened(rig.frames())).toEqual([1]);
  rig.receive(answerHead(1, true));
  expect(opened(rig.frames())).toEqual([]);
  first.call?.end();
  expect(opened(rig.frames())).toEqual([3]);
});

it("opens those that wait when the peer takes more, and nobody who was given up meanwhile", () => {
  const rig = new Rig([maxConcurrentStreams, 0]);
  const givenUp = rig.start();
  const waits = rig.start();
  waits.send(Buffer.from("early"));
  givenUp.call?.reset(8);
  expect(rig.frames()).toEqual([]);
  rig.receive(settings([maxConcurrentStreams, 2]));
  const frames = rig.frames();
  expect(opened(frames)).toEqual([1]);
  expect(dataOf(frames)).toEqual([[1, 5, 0]]);
});

it("gives calls turns, a frame each, and small ones do not wait for large ones", () => {
  const rig = new Rig([initialWindowSize, 1_000_000]);
  rig.receive(windowUpdate(0, 1_000_000));
  const large = rig.start();
  const small = rig.start();
  large.send(Buffer.alloc(40_000));
  small.send(Buffer.alloc(100));
  expect(dataOf(rig.frames())).toEqual([
    [1, 16_384, 0],
    [3, 100, 0],
    [1, 16_384, 0],
    [1, 7_232, 0],
  ]);
});

it("sends within the windows of the call and the connection, and goes on when they grow", () => {
  const rig = new Rig([initialWindowSize, 10]);
  const owner = rig.start();
  owner.send(Buffer.alloc(25));
  owner.call?.end();
  expect(dataOf(rig.frames())).toEqual([[1, 10, 0]]);
  rig.receive(windowUpdate(1, 5));
  expect(dataOf(rig.frames())).toEqual([[1, 5, 0]]);
  // Takes back more than there is: what is below zero must be given first.
  rig.receive(settings([initialWindowSize, 0]), windowUpdate(1, 9));
  expect(dataOf(rig.frames())).toEqual([]);
  rig.receive(windowUpdate(1, 1), windowUpdate(1, 100));
  expect(dataOf(rig.frames())).toEqual([[1, 10, Flag.END_STREAM]]);
});

it("ends its half without a window when the peer is done", () => {
  const rig = new Rig([initialWindowSize, 1]);
  const owner = rig.start();
  owner.send(Buffer.alloc(10));
  expect(dataOf(rig.frames())).toEqual([[1, 1, 0]]);
  rig.receive(answerHead(1, true));
  owner.call?.finish();
  expect(dataOf(rig.frames())).toEqual([[1, 0, Flag.END_STREAM]]);
  expect(owner.call?.state).toBe("closed");
});

it("takes nothing more from calls than the system can write, and goes on when that has taken it", () => {
  const rig = new Rig([initialWindowSize, 10_000_000]);
  rig.receive(windowUpdate(0, 10_000_000));
  rig.isHeld = true;
  const owner = rig.start();
  owner.send(Buffer.alloc(2_000_000));
  rig.frames();
  const left = owner.call?.queued ?? 0;
  expect(2_000_000 - left).toBeGreaterThanOrEqual(frameLimits.writtenBytes - 1_000);
  expect(2_000_000 - left).toBeLessThan(frameLimits.writtenBytes + 20_000);
  rig.isHeld = false;
  rig.take();
  rig.frames();
  expect(owner.call?.queued).toBe(0);
});

it("ends the connection of a peer that asks for answers and reads none", () => {
  const rig = new Rig();
  const owner = rig.start();
  rig.isHeld = true;
  const pings = Buffer.concat(
    Array.from({ length: 1_000 }, () => frame(FrameType.PING, 0, 0, Buffer.alloc(8))),
  );
  // As fast as is allowed, so that they are no flood.
  for (let round = 0; round < 1_000 && !rig.connection.isOver; round += 1) {
    rig.now += 1_000;
    rig.receive(pings);
  }
  expect(rig.told).toEqual(["destroyed", "ENHANCE_YOUR_CALM: it asks for answers and reads none"]);
  expect(owner.told).toEqual(["lost by connection"]);
});

it("ends the connection of a peer that floods it, and takes as much when that comes slowly", () => {
  const rig = new Rig();
  const empty = frame(FrameType.DATA, 0, 1);
  rig.start();
  rig.receive(answerHead(1));
  const many = Buffer.concat(Array.from({ length: 1_000 }, () => empty));
  for (let second = 0; second < 100; second += 1) {
    rig.now += 100;
    rig.receive(many);
  }
  expect(rig.told).toEqual([]);
  for (let more = 0; more <= frameLimits.idleFrames / 1_000; more += 1) rig.receive(many);
  expect(rig.told.at(-1)).toMatch(/^ENHANCE_YOUR_CALM: a flood .* DATA without bytes$/);
});

it("hears a GOAWAY twice: draining once, and lost what the peer has not looked at", () => {
  const rig = new Rig();
  const [first, second] = [rig.start(), rig.start()];
  rig.receive(goaway(2 ** 31 - 1));
  expect([first.told, second.told]).toEqual([["draining"], ["draining"]]);
  rig.receive(goaway(1));
  expect([first.told, second.told]).toEqual([["draining"], ["draining", "lost by going-away"]]);
  rig.receive(goaway(3));
  expect(rig.told.at(-1)).toMatch(/^PROTOCOL_ERROR: GOAWAY/);
});

it("tells a call nothing more that was closed while another heard of the end", () => {
  const rig = new Rig();
  const second = new TestOwner();
  const first = new TestOwner();
  first.lost = () => second.call?.reset(8);
  rig.start(first);
  rig.start(second);
  rig.connection.close();
  expect(second.told).toEqual([]);
});

it("goes on with the others when a call's user fails at its turn", () => {
  const rig = new Rig();
  const broken = new TestOwner();
  broken.fill = () => {
    throw new Error("cannot be encoded");
  };
  rig.start(broken);
  const other = rig.start();
  broken.send(Buffer.alloc(1));
  other.send(Buffer.alloc(3));
  expect(() => rig.connection.flush()).toThrow("cannot be encoded");
  expect(dataOf(rig.frames())).toEqual([[3, 3, 0]]);
});
