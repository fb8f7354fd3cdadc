/** What becomes of relayed WebSockets and invocations on one stream, message by message. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Connector, type RelayFrame, type RelaySocket, silentLogger } from "mooring";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Doors } from "../../src/doors/doors.js";
import {
  InvokeCapabilityResponseSchema,
  type StreamMessage,
  WebSocketCloseRequestSchema,
  WebSocketFrameSchema,
  WebSocketOpenRequestSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { relayLimits } from "../../src/protocol/limits.js";
import { withResolvers as deferred } from "../../src/with-resolvers.js";
import { echo } from "../support/connectors.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The turns of promises, without a timer. */
const turns = () => vi.advanceTimersByTimeAsync(0);

function rig(relay?: Connector["relay"]) {
  const sent: StreamMessage["message"][] = [];
  const calls: string[] = [];
  const peer = { roomy: true };
  const sender = {
    post: ({ message }: StreamMessage) => {
      sent.push(message);
      return peer.roomy;
    },
    holdUp: () => void calls.push("hold up"),
    readOn: () => void calls.push("read on"),
  };
  const connector = relay ? { ...echo, relay } : echo;
  const doors = new Doors({
    key: "t.c.i",
    arn: "matrix:t:c:i",
    connector,
    maxMessageBytes: 100_000,
    logger: silentLogger,
  });
  doors.serve(sender);
  const on = doors.on(sender);
  const open = (connectionId: string) =>
    on.relay.opened(create(WebSocketOpenRequestSchema, { connectionId, path: "/" }));
  const frame = (connectionId: string, fields: MessageInitShape<typeof WebSocketFrameSchema> = {}) =>
    on.relay.frame(
      create(WebSocketFrameSchema, { connectionId, frameType: 2, data: new Uint8Array(4), ...fields }),
    );
  const close = (connectionId: string, code = 1000) =>
    on.relay.closed(create(WebSocketCloseRequestSchema, { connectionId, code }));
  const closes = () =>
    sent.flatMap((one) =>
      one.case === "wsCloseRequest" ? `${one.value.connectionId} ${one.value.code}` : [],
    );
  const opened = () =>
    sent.flatMap((one) =>
      one.case === "wsOpenResponse"
        ? `${one.value.connectionId} ${one.value.success || one.value.error}`
        : [],
    );
  return { doors, sender, on, sent, calls, peer, open, frame, close, closes, opened };
}

describe("an opening", () => {
  it("[C14 #36] [C16 #64] [T12.5 #15] that is closed before it is decided leaves nothing behind, and its handler is told", async () => {
    const decided = deferred<void>();
    const told: unknown[] = [];
    const sockets: RelaySocket[] = [];
    const { on, open, close, frame, opened, closes } = rig(async (_, socket) => {
      sockets.push(socket);
      await decided.promise;
      return { frame: (one) => void told.push(one), closed: (one) => void told.push(one) };
    });
    open("1");
    frame("1");
    close("1", 4_000);
    frame("1");
    expect(sockets[0]?.closed.aborted).toBe(true);
    await expect(sockets[0]?.send({ type: "text", text: "late" })).rejects.toThrow("closed");
    decided.resolve();
    await turns();
    expect(told).toEqual([
      { type: "binary", bytes: new Uint8Array(4) },
      { code: 4_000, reason: "" },
    ]);
    expect([on.relay.size, opened(), closes(), vi.getTimerCount()]).toEqual([0, [], [], 0]);
  });

  it("that is closed and never decided does not stay", async () => {
    const { on, open, close, opened } = rig(() => new Promise(() => {}));
    open("1");
    close("1");
    await vi.advanceTimersByTimeAsync(relayLimits.openTimeoutMs);
    expect([on.relay.size, opened(), vi.getTimerCount()]).toEqual([0, [], 0]);
  });

  it("[C14 #36] [C16 #64] [T12.5 #16] of an id that is open ends the first one, and takes its place", async () => {
    const told: string[] = [];
    let count = 0;
    const { on, open, frame } = rig(() => {
      count += 1;
      const name = `the ${count}.`;
      return {
        frame: () => void told.push(`${name} has a frame`),
        closed: ({ code }) => void told.push(`${name} closed with ${code}`),
      };
    });
    open("1");
    await turns();
    open("1");
    await turns();
    frame("1");
    expect([told, on.relay.size]).toEqual([["the 1. closed with 1006", "the 2. has a frame"], 1]);
  });

  it("that is decided too late tells the handler, which can let go of what it has made", async () => {
    const decided = deferred<void>();
    const told: unknown[] = [];
    const { open, opened } = rig(async () => {
      await decided.promise;
      return { frame() {}, closed: (close) => void told.push(close) };
    });
    open("1");
    await vi.advanceTimersByTimeAsync(relayLimits.openTimeoutMs);
    decided.resolve();
    await turns();
    expect(opened()).toEqual(["1 the connector did not decide in time"]);
    expect(told).toEqual([{ code: 1006, reason: "the connector did not decide in time" }]);
  });

  it("is refused when nobody decides in time, when there are too many, and in a drain", async () => {
    const { doors, open, opened, on } = rig(() => new Promise(() => {}));
    open("1");
    await vi.advanceTimersByTimeAsync(relayLimits.openTimeoutMs);
    expect(opened()).toEqual(["1 the connector did not decide in time"]);
    for (let n = 0; n <= relayLimits.connections; n += 1) open(`many-${n}`);
    expect(opened().at(-1)).toBe(
      `many-${relayLimits.connections} the connector has 1000 WebSockets open already`,
    );
    doors.drain();
    expect(on.relay.size).toBe(0);
    open("late");
    expect(opened().at(-1)).toBe("late the connector is shutting down");
  });
});

describe("a frame", () => {
  it("for an id that is not open is answered by one close", () => {
    const { frame, closes, close } = rig(() => ({ frame() {} }));
    for (let n = 0; n < 5; n += 1) frame("nobody");
    close("nobody");
    frame("another");
    expect(closes()).toEqual(["nobody 1008", "another 1008"]);
  });

  it("that is no text, of an unknown type or too long closes its connection, and no other", async () => {
    const seen: RelayFrame[] = [];
    const { on, open, frame, closes } = rig(() => ({ frame: (one) => void seen.push(one) }));
    for (const id of ["text", "type", "long", "good"]) open(id);
    await turns();
    frame("text", { frameType: 1, data: new Uint8Array([0xff]) });
    frame("type", { frameType: 0 });
    on.oversized({ case: "wsFrame", value: create(WebSocketFrameSchema, { connectionId: "long" }) }, 200_000);
    frame("good", { frameType: 1, data: new TextEncoder().encode("ü") });
    expect(closes()).toEqual(["text 1007", "type 1003", "long 1009"]);
    expect(seen).toEqual([{ type: "text", text: "ü" }]);
  });

  it("waits for a slow connector, holds the stream up past a bound, and in the end costs the slowest its connection", async () => {
    const gate = deferred<void>();
    const seen: string[] = [];
    const { on, open, frame, closes, calls } = rig(({ connectionId }) => ({
      frame: () => {
        seen.push(connectionId);
        return connectionId === "slow" ? gate.promise : undefined;
      },
    }));
    open("slow");
    open("fast");
    await turns();
    const data = new Uint8Array(relayLimits.heldBytes / 2);
    for (let n = 0; n < 4; n += 1) frame("slow", { data });
    expect([calls.at(-1), on.saturated]).toEqual(["hold up", true]);
    await vi.advanceTimersByTimeAsync(relayLimits.stallMs);
    expect([closes(), calls.at(-1), on.saturated]).toEqual([["slow 1013"], "read on", false]);
    frame("fast");
    expect(seen).toEqual(["slow", "fast"]);
  });

  it("costs one connection at a time, however many hold much", async () => {
    const { on, open, frame, closes } = rig(() => ({ frame: () => new Promise(() => {}) }));
    for (const id of ["a", "b", "c", "d"]) open(id);
    await turns();
    for (const id of ["a", "b", "c", "d"]) {
      frame(id);
      frame(id, { data: new Uint8Array(900_000) });
    }
    const ends: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      await vi.advanceTimersByTimeAsync(relayLimits.stallMs);
      ends.push(closes().length);
    }
    expect(ends).toEqual([1, 2, 3, 4].map((n) => Math.min(n, ends.at(-1) ?? 0)));
    expect([on.saturated, vi.getTimerCount()]).toEqual([false, 0]);
  });

  it("goes on when the connector takes up again before that", async () => {
    const gate = deferred<void>();
    let taken = 0;
    const { on, open, frame, closes, calls } = rig(() => ({
      frame: () => {
        taken += 1;
        return taken === 1 ? gate.promise : undefined;
      },
    }));
    open("1");
    await turns();
    for (let n = 0; n < 4; n += 1) frame("1", { data: new Uint8Array(relayLimits.heldBytes / 2) });
    gate.resolve();
    await turns();
    expect([taken, calls.at(-1), on.saturated, closes()]).toEqual([4, "read on", false, []]);
    await vi.advanceTimersByTimeAsync(2 * relayLimits.stallMs);
    expect(closes()).toEqual([]);
  });
});

describe("what is sent before a connection is taken", () => {
  const text = (words: string): RelayFrame => ({ type: "text", text: words });
  const words = (sent: readonly StreamMessage["message"][]) =>
    sent.map((one) =>
      one.case === "wsFrame" ? new TextDecoder().decode(one.value.data) : (one.case ?? "nothing"),
    );

  it("goes out right after the answer, before any frame of the page is answered", async () => {
    const { open, frame, sent } = rig((_, socket) => {
      void socket.send(text("hello"));
      return { frame: (one) => socket.send(one) };
    });
    open("1");
    frame("1", { frameType: 1, data: new TextEncoder().encode("ping") });
    await turns();
    expect(words(sent)).toEqual(["wsOpenResponse", "hello", "ping"]);
  });

  it("goes out before the connector's own close, and is bounded", async () => {
    const { open, sent } = rig((_, socket) => {
      void socket.send(text("bye"));
      socket.close(4_000);
      return { frame() {} };
    });
    open("1");
    await turns();
    expect(words(sent)).toEqual(["wsOpenResponse", "bye", "wsCloseRequest"]);
    const many = rig(async (_, socket) => {
      for (let n = 0; n < relayLimits.waitingFrames; n += 1) void socket.send(text("x"));
      await socket.send(text("one too many"));
      return { frame() {} };
    });
    many.open("1");
    await turns();
    expect(many.opened()).toEqual(["1 Stream error: 256 frames wait for room already: wait for each send"]);
  });
});

describe("a peer that does not read", () => {
  it("is not listened to any further after some answers without room", () => {
    const { open, frame, peer, calls, on } = rig();
    peer.roomy = false;
    for (let n = 0; n < 400; n += 1) {
      open(`open-${n}`);
      frame(`frame-${n}`);
    }
    expect([calls[0], on.saturated]).toEqual(["hold up", true]);
    peer.roomy = true;
    on.writable();
    expect(on.saturated).toBe(false);
  });

  it("is told of a close also when more frames wait than may", async () => {
    const { open, peer, closes, on, sent } = rig((_, socket) => ({
      frame: () => {
        for (let n = 0; n < 1_000; n += 1) void socket.send({ type: "binary", bytes: new Uint8Array(1) });
        socket.close(4_001);
      },
    }));
    open("1");
    await turns();
    peer.roomy = false;
    on.relay.frame(create(WebSocketFrameSchema, { connectionId: "1", frameType: 2 }));
    peer.roomy = true;
    on.writable();
    await turns();
    expect(closes()).toEqual(["1 4001"]);
    const frames = sent.filter((one) => one.case === "wsFrame").length;
    expect(frames).toBeGreaterThanOrEqual(relayLimits.waitingFrames);
    expect(frames).toBeLessThanOrEqual(relayLimits.waitingFrames + 1);
  });
});

describe("what is sent", () => {
  it("waits for room, in order, and is refused when the stream is over", async () => {
    const { doors, on, sent, peer, open, sender } = rig((_, socket) => ({
      frame: async () => {
        await socket.send({ type: "text", text: "a" });
        await socket.send({ type: "text", text: "b" });
      },
    }));
    open("1");
    await turns();
    peer.roomy = false;
    on.relay.frame(create(WebSocketFrameSchema, { connectionId: "1", frameType: 2 }));
    await turns();
    const frames = () => sent.filter((one) => one.case === "wsFrame").length;
    expect(frames()).toBe(1);
    peer.roomy = true;
    on.writable();
    await turns();
    expect(frames()).toBe(2);
    const waiting = doors.invoke("t.c.j", undefined, {}, { timeoutMs: 1_000 });
    doors.leave(sender);
    await expect(waiting).rejects.toThrow("the stream to the gateway is gone");
    await expect(doors.invoke("t.c.j", undefined, {})).rejects.toThrow("does not serve now");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("an invocation ends by its answer, one that is too long, or time; a later answer changes nothing", async () => {
    const { doors, on, sent } = rig();
    const ids = () => sent.flatMap((one) => (one.case === "invokeRequest" ? one.value.requestId : []));
    const answer = (requestId = "") =>
      create(InvokeCapabilityResponseSchema, { requestId, success: true, payloadEncoding: 1 });
    const ends = [1, 2, 3].map(() =>
      doors.invoke("t.c.j", undefined, {}, { timeoutMs: 1_000 }).catch(String),
    );
    await turns();
    const [first, second, third] = ids();
    expect(on.invocations.answered(answer(first))).toBe(true);
    on.oversized({ case: "invokeResponse", value: answer(second) }, 200_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await Promise.all(ends)).toEqual([
      {},
      expect.stringContaining("200000 bytes is above maxMessageBytes"),
      expect.stringContaining("did not answer within 1000 ms"),
    ]);
    expect([on.invocations.answered(answer(third)), on.invocations.size, vi.getTimerCount()]).toEqual([
      false,
      0,
      0,
    ]);
  });
});

it.each([1004, 1005, 1006, 1015, 2000, 999, 5000, 1000.5])(
  "a connector cannot close with %s, which no side of a WebSocket gives",
  async (code) => {
    const sockets: RelaySocket[] = [];
    const { open, closes } = rig((_, socket) => {
      sockets.push(socket);
      return { frame() {} };
    });
    open("1");
    await turns();
    expect(() => sockets[0]?.close(code)).toThrow("code must be a close code that may be sent");
    expect(closes()).toEqual([]);
    sockets[0]?.close(1014);
    expect(closes()).toEqual(["1 1014"]);
  },
);

describe("what waits for room and nobody wants any more", () => {
  /** A stream without room, of which only what goes out later counts. */
  function full(relay?: Connector["relay"]) {
    const made = rig(relay);
    const later = () => {
      made.sent.length = 0;
      made.peer.roomy = true;
      made.on.writable();
      return made.sent.map((one) => one.case);
    };
    const fill = () => {
      made.peer.roomy = false;
      made.frame("of nobody");
    };
    return { ...made, fill, later };
  }

  it("an invocation whose time is over, or that is aborted, does not go out", async () => {
    const { doors, fill, later } = full();
    fill();
    const stop = new AbortController();
    const ask = (options: object) => doors.invoke("t.c.j", undefined, {}, options).catch(String);
    const ends = [false, true].flatMap((fireAndForget) => [
      ask({ fireAndForget, timeoutMs: 1_000 }),
      ask({ fireAndForget, signal: stop.signal }),
    ]);
    const wanted = ask({ fireAndForget: true });
    stop.abort("not wanted any more");
    await vi.advanceTimersByTimeAsync(1_000);
    const noRoom = expect.stringContaining("the stream had no room for the invocation within 1000 ms");
    expect(await Promise.all(ends)).toEqual([noRoom, "not wanted any more", noRoom, "not wanted any more"]);
    expect(later()).toEqual(["invokeRequest"]);
    expect([await wanted, vi.getTimerCount()]).toEqual([undefined, 0]);
  });

  it.each([["closes"], ["opens another of the same id"]])(
    "frames to a page that %s do not go out",
    async (what) => {
      const failures: unknown[] = [];
      const { open, close, frame, fill, later } = full((_, socket) => ({
        frame: () => void socket.send({ type: "text", text: "late" }).catch((error) => failures.push(error)),
      }));
      open("1");
      await turns();
      fill();
      frame("1");
      if (what === "closes") close("1");
      else open("1");
      expect(later()).toEqual([]);
      await turns();
      expect(failures).toEqual([expect.objectContaining({ code: "STREAM_ERROR" })]);
    },
  );
});
