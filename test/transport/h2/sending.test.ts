/** What a client sends, and when: RFC 9113, sections 3.4, 5.1.1, 5.1.2, 5.2, 6.5, 6.7 to 6.9 and 8.1, from our side. */
import { describe, expect, it } from "vitest";
import { DrivenConnection } from "./support/driven-connection.js";
import {
  data,
  flags,
  goaway,
  headers,
  ok,
  ping,
  preface,
  readFrames,
  rst,
  settings,
  settingsAck,
  types,
  windowUpdate,
} from "./support/frames.js";

const greeting = Buffer.concat([settings(), settingsAck]);
const bytes = (length: number) => Buffer.alloc(length, 1);

/** Settled, with what has been written until then behind it. */
function settled(first = greeting): DrivenConnection {
  const driven = new DrivenConnection();
  driven.receive(first);
  driven.written();
  return driven;
}

/** The same with a call. */
function opened(first = greeting) {
  const driven = settled(first);
  const owner = driven.open();
  driven.connection.flush();
  driven.written();
  return { driven, owner };
}

describe("the greeting (3.4)", () => {
  it("is the preface, SETTINGS and a larger window, before the peer has said anything", () => {
    const driven = new DrivenConnection();
    expect(Buffer.concat(driven.wire.written).toString("latin1", 0, preface.length)).toBe(preface);
    expect(driven.written()).toEqual(["SETTINGS", `WINDOW_UPDATE 0 ${16 * 2 ** 20 - 65_535}`]);
  });

  it("announces no table, no pushing, a window and a limit for header fields (6.5.2)", () => {
    const driven = new DrivenConnection();
    const [first] = readFrames(Buffer.concat(driven.wire.written).subarray(preface.length));
    const announced = Array.from({ length: (first?.payload.length ?? 0) / 6 }, (_, i) => [
      first?.payload.readUInt16BE(6 * i),
      first?.payload.readUInt32BE(6 * i + 2),
    ]);
    expect(announced).toEqual([
      [1, 0],
      [2, 0],
      [4, 2 ** 20],
      [6, 64 * 1024],
    ]);
  });
});

describe("streams (5.1)", () => {
  it("have odd identifiers, each larger than the one before (5.1.1)", () => {
    const driven = settled();
    for (let calls = 0; calls < 3; calls++) driven.open();
    driven.connection.flush();
    expect(driven.written()).toEqual(["HEADERS 1", "HEADERS 3", "HEADERS 5"]);
  });

  it("wait for a place where the peer takes so many at once (5.1.2)", () => {
    const driven = settled(Buffer.concat([settings([3, 1]), settingsAck]));
    driven.open();
    driven.open();
    driven.connection.flush();
    expect(driven.written()).toEqual(["HEADERS 1"]);
    driven.receive(headers(1, ok, flags.end));
    expect(driven.written()).toEqual([]);
    driven.owners[0]?.call?.end();
    driven.connection.flush();
    expect(driven.written()).toEqual(["DATA 1 0 END_STREAM", "HEADERS 3"]);
  });

  it("wait for the peer to take some at all, and go when it does", () => {
    const driven = settled(Buffer.concat([settings([3, 0]), settingsAck]));
    const owner = driven.open();
    owner.send(bytes(3));
    driven.connection.flush();
    expect(driven.written()).toEqual([]);
    driven.receive(settings([3, 1]));
    expect(driven.written()).toEqual(["SETTINGS ACK", "HEADERS 1", "DATA 1 3"]);
  });

  it("that wait are lost when the peer goes away, and nothing of them is sent (6.8)", () => {
    const driven = settled(Buffer.concat([settings([3, 1]), settingsAck]));
    driven.open();
    const waiting = driven.open();
    driven.receive(goaway(1, "NO_ERROR"));
    expect(waiting.heard).toEqual(["lost by going-away"]);
    driven.receive(rst(1, "CANCEL"));
    expect(driven.written()).toEqual(["HEADERS 1"]);
  });

  it("that wait may be given up, and nothing of them is sent", () => {
    const driven = settled(Buffer.concat([settings([3, 1]), settingsAck]));
    driven.open();
    driven.open().call?.reset(8);
    driven.open();
    driven.connection.flush();
    driven.receive(rst(1, "CANCEL"));
    expect(driven.written()).toEqual(["HEADERS 1", "HEADERS 3"]);
  });

  it("end by END_STREAM on the last DATA, or on one without bytes", () => {
    const driven = settled();
    const first = driven.open();
    first.send(bytes(3));
    first.call?.end();
    driven.open().call?.end();
    driven.connection.flush();
    expect(driven.written()).toEqual([
      "HEADERS 1",
      "HEADERS 3",
      "DATA 1 3 END_STREAM",
      "DATA 3 0 END_STREAM",
    ]);
  });

  it("are reset once, and nothing is sent on them after that (5.4.2)", () => {
    const { driven, owner } = opened();
    owner.send(bytes(3));
    owner.call?.reset(8);
    owner.call?.reset(8);
    owner.call?.end();
    driven.connection.flush();
    expect(driven.written()).toEqual(["RST_STREAM 1 CANCEL"]);
  });

  it("do not hear what comes after they were reset", () => {
    const { driven, owner } = opened();
    owner.call?.reset(8);
    driven.receive(Buffer.concat([headers(1, ok), data(1, "00"), rst(1, "CANCEL")]));
    expect(owner.heard).toEqual([]);
  });
});

describe("windows (5.2, 6.9)", () => {
  it("let the peer's 65,535 bytes go, and the rest when there is more", () => {
    const { driven, owner } = opened();
    owner.send(bytes(70_000));
    driven.connection.flush();
    expect(driven.written()).toEqual(["DATA 1 16384", "DATA 1 16384", "DATA 1 16384", "DATA 1 16383"]);
    driven.receive(windowUpdate(1, 10_000));
    expect(driven.written()).toEqual([]);
    driven.receive(windowUpdate(0, 4_000));
    expect(driven.written()).toEqual(["DATA 1 4000"]);
    driven.receive(windowUpdate(0, 4_000));
    expect(driven.written()).toEqual(["DATA 1 465"]);
  });

  it("of a stream may be smaller than that of the connection", () => {
    const { driven, owner } = opened(Buffer.concat([settings([4, 10]), settingsAck]));
    owner.send(bytes(25));
    owner.call?.end();
    driven.connection.flush();
    expect(driven.written()).toEqual(["DATA 1 10"]);
    driven.receive(windowUpdate(1, 10));
    expect(driven.written()).toEqual(["DATA 1 10"]);
    driven.receive(windowUpdate(1, 10));
    expect(driven.written()).toEqual(["DATA 1 5 END_STREAM"]);
  });

  it("do not hold up an end without bytes", () => {
    const { driven, owner } = opened(Buffer.concat([settings([4, 0]), settingsAck]));
    owner.call?.end();
    driven.connection.flush();
    expect(driven.written()).toEqual(["DATA 1 0 END_STREAM"]);
  });

  it("may go below zero by SETTINGS, which holds up no end either (6.9.2)", () => {
    const { driven, owner } = opened();
    owner.send(bytes(100));
    driven.connection.flush();
    driven.receive(settings([4, 50]));
    expect(driven.written()).toEqual(["DATA 1 100", "SETTINGS ACK"]);
    owner.call?.end();
    driven.connection.flush();
    expect(driven.written()).toEqual(["DATA 1 0 END_STREAM"]);
  });

  it("below zero must grow above it before anything goes (6.9.2)", () => {
    const { driven, owner } = opened();
    owner.send(bytes(100));
    driven.connection.flush();
    driven.receive(settings([4, 50]));
    owner.send(bytes(30));
    driven.connection.flush();
    expect(driven.written()).toEqual(["DATA 1 100", "SETTINGS ACK"]);
    driven.receive(windowUpdate(1, 50));
    expect(driven.written()).toEqual([]);
    driven.receive(windowUpdate(1, 1));
    expect(driven.written()).toEqual(["DATA 1 1"]);
    driven.receive(settings([4, 65_535]));
    expect(driven.written()).toEqual(["SETTINGS ACK", "DATA 1 29"]);
  });

  it("of all streams grow by SETTINGS (6.9.2)", () => {
    const { driven, owner } = opened(Buffer.concat([settings([4, 0]), settingsAck]));
    const other = driven.open();
    owner.send(bytes(5));
    other.send(bytes(7));
    driven.connection.flush();
    expect(driven.written()).toEqual(["HEADERS 3"]);
    driven.receive(settings([4, 6]));
    expect(driven.written()).toEqual(["SETTINGS ACK", "DATA 1 5", "DATA 3 6"]);
  });

  it("of the connection are for all streams in turn, a frame each", () => {
    const { driven, owner } = opened();
    const other = driven.open();
    owner.send(bytes(40_000));
    other.send(bytes(40_000));
    driven.connection.flush();
    expect(driven.written()).toEqual([
      "HEADERS 3",
      "DATA 1 16384",
      "DATA 3 16384",
      "DATA 1 16384",
      "DATA 3 16383",
    ]);
  });

  it("are given back when half was read, and not for what was not (6.9)", () => {
    const { driven, owner } = opened();
    owner.reads = false;
    driven.receive(headers(1, ok));
    for (let frames = 0; frames < 64; frames++) driven.receive(data(1, bytes(16_384)));
    expect(driven.written()).toEqual([]);
    owner.call?.read(2 ** 19 - 1);
    driven.connection.flush();
    expect(driven.written()).toEqual([]);
    owner.call?.read(1);
    driven.connection.flush();
    expect(driven.written()).toEqual([`WINDOW_UPDATE 1 ${2 ** 19}`]);
  });

  it("may not be exceeded by the peer: a stream's ends it (6.9.1)", () => {
    const { driven, owner } = opened();
    owner.reads = false;
    driven.receive(headers(1, ok));
    for (let frames = 0; frames < 64; frames++) driven.receive(data(1, bytes(16_384)));
    expect(owner.heard).toEqual(["headers 200", `content ${2 ** 20}`]);
    driven.receive(data(1, "00"));
    expect(owner.heard.at(-1)).toBe("lost by fault FLOW_CONTROL_ERROR");
    expect(driven.written()).toEqual(["RST_STREAM 1 FLOW_CONTROL_ERROR"]);
  });

  it("are not given back on a stream that the peer has ended", () => {
    const { driven, owner } = opened();
    owner.reads = false;
    driven.receive(headers(1, ok));
    for (let frames = 0; frames < 40; frames++)
      driven.receive(data(1, bytes(16_384), frames === 39 ? flags.end : 0));
    owner.call?.read(40 * 16_384);
    driven.connection.flush();
    expect(driven.written()).toEqual([]);
  });
});

describe("the connection", () => {
  it("tells whoever asked that its PING was answered, once (6.7)", () => {
    const driven = settled();
    let answers = 0;
    driven.connection.ping(() => {
      answers += 1;
    });
    driven.connection.flush();
    const [sent] = readFrames(driven.wire.written.at(-1) ?? Buffer.alloc(0));
    expect(sent?.type).toBe(types.PING);
    driven.receive(ping(0x77, flags.ack));
    expect(answers).toBe(0);
    const answer = Buffer.from(driven.wire.written.at(-1) ?? "");
    answer[4] = flags.ack;
    driven.receive(Buffer.concat([answer, answer]));
    expect(answers).toBe(1);
  });

  it("says GOAWAY when it is closed, once, and hears nothing after (5.4.1)", () => {
    const { driven, owner } = opened();
    driven.connection.close();
    driven.connection.close();
    driven.receive(headers(1, ok));
    expect(driven.written()).toEqual(["GOAWAY 0 NO_ERROR"]);
    expect(driven.wire.isDestroyed).toBe(true);
    expect(owner.heard).toEqual(["lost by connection"]);
  });

  it("writes no more of streams than the system takes, and goes on when it has", () => {
    const { driven, owner } = opened(
      Buffer.concat([settings([4, 2 ** 24]), settingsAck, windowUpdate(0, 2 ** 24)]),
    );
    driven.wire.takes = false;
    owner.send(bytes(2 ** 20));
    driven.connection.flush();
    const before = driven.wire.heldBytes;
    expect(before).toBeLessThan(400 * 1024);
    driven.connection.flush();
    expect(driven.wire.heldBytes).toBe(before);
    driven.wire.takeAll();
    driven.connection.flush();
    const sent = driven.written().map((one) => Number(/^DATA 1 (\d+)$/.exec(one)?.[1]));
    expect(sent.reduce((sum, one) => sum + one, 0)).toBe(2 ** 20);
  });

  it("gives a peer up that asks for answers and reads none (10.5)", () => {
    const driven = settled();
    driven.wire.takes = false;
    // Below what a flood is in one moment; time goes on between.
    for (let turns = 0; turns < 40 && !driven.connection.isOver; turns++) {
      driven.now += 1_000;
      driven.receive(Buffer.concat(Array<Buffer>(9_000).fill(ping(1))));
    }
    expect(driven.fault?.code).toBe("ENHANCE_YOUR_CALM");
    expect(driven.fault?.message).toBe("it asks for answers and reads none");
    expect(driven.wire.heldBytes).toBeLessThan(2.5 * 2 ** 20);
  });

  it("lets as many idle frames come in a second as at once (10.5)", () => {
    const driven = settled();
    const many = Buffer.concat(Array<Buffer>(9_900).fill(ping(1)));
    for (let turns = 0; turns < 5; turns++) {
      driven.receive(many);
      driven.now += 1_000;
    }
    expect(driven.fault).toBeUndefined();
    driven.receive(many);
    driven.receive(many);
    expect(driven.fault?.code).toBe("ENHANCE_YOUR_CALM");
  });
});
