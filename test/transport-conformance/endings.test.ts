/** How streams end, by whom, and what is told of it: one word for one fact, whatever the adapter. */
import { constants, type ServerHttp2Stream } from "node:http2";
import { expect, it } from "vitest";
import { GrpcStatus } from "../../src/transport/http2/grpc-status.js";
import type { LinkCause } from "../../src/transport/transport.js";
import { eventually } from "../support/until.js";
import { answer, frame, Inbox, request } from "./kit/messages.js";
import { grpcHeaders, respondWithTrailers } from "./kit/scripted-server.js";
import { conformance, type Rig, turns } from "./kit/suite.js";

/** The one ending of a stream that a peer serves so. */
async function endingOf(rig: Rig, serve: (stream: ServerHttp2Stream) => void) {
  const { sink, transport } = await rig.link(serve);
  await eventually(() => sink.endings.length === 1);
  await turns(5);
  expect(sink.endings).toHaveLength(1);
  expect(transport.channels().map(({ streams }) => streams)).toEqual([0]);
  return sink.endings[0];
}

/** Statuses that mean more than that the peer ended the stream. */
const causes: Readonly<Record<string, LinkCause>> = {
  INVALID_ARGUMENT: "refused-by-peer",
  UNAUTHENTICATED: "identity-refused",
  PERMISSION_DENIED: "access-denied",
  UNAVAILABLE: "peer-unavailable",
  RESOURCE_EXHAUSTED: "peer-exhausted",
};

/** Statuses that a peer may also end a stream with because of a message. */
const mayBlameMessage = ["INTERNAL", "UNKNOWN", "INVALID_ARGUMENT", "OUT_OF_RANGE"];

const trailersOnly = (headers: Record<string, string | number>) => (stream: ServerHttp2Stream) =>
  stream.respond({ ...grpcHeaders, ...headers }, { endStream: true });

conformance("a status of the peer", (rig) => {
  const errors = Object.entries(GrpcStatus).filter(([, status]) => status !== 0);

  it.each(errors)("%s comes through, trailers-only and after messages", async (code, status) => {
    const expected = {
      by: "peer",
      failure: { cause: causes[code] ?? "peer-error", code },
      ...(mayBlameMessage.includes(code) ? { mayBlameMessage: true } : {}),
    };
    expect(await endingOf(rig, trailersOnly({ "grpc-status": String(status) }))).toEqual(expected);
    const afterMessages = await endingOf(rig, (stream) => {
      respondWithTrailers(stream, { "grpc-status": String(status), "grpc-message": "why%20not" });
      stream.end(frame(request("1")));
    });
    // The library's own complaint about a large message is the same status.
    if (rig.lacks("honestCodes") && status === GrpcStatus.RESOURCE_EXHAUSTED)
      expect(afterMessages?.failure.cause).toBe("message-too-large");
    else {
      const detail = 'The other side says: "why not".';
      expect(afterMessages).toEqual({ ...expected, failure: { ...expected.failure, detail } });
    }
  });

  it.each([
    ["no%20healthy%20upstream", "no healthy upstream"],
    ["no healthy upstream", "no healthy upstream"],
    ["upstream connect error or reset before headers", "upstream connect error or reset before headers"],
    ["%E2%80%AEevil%1B[31m%0A%0Dtwo%20lines", "[redacted] two lines"],
    ["half%2", "[redacted]"],
    ["%FF%FEbroken", "[redacted]"],
    ["the token eyJhbGciOiJub25lIn0 is wrong", "the token [redacted] is wrong"],
    ["word%20".repeat(400), /^(word )+wor?d?…$/],
  ])("brings the peer's words, cleaned and bounded: %s", async (message, said) => {
    const fields = { "grpc-status": "14", "grpc-message": message };
    const after = await endingOf(rig, (stream) => {
      respondWithTrailers(stream, fields);
      stream.end();
    });
    for (const ending of [await endingOf(rig, trailersOnly(fields)), after]) {
      const detail = ending?.failure.detail ?? "";
      const [, words = ""] = /^The other side says: "(.*)"\.$/.exec(detail) ?? [];
      if (typeof said === "string") expect(words).toBe(said);
      else expect(words).toMatch(said);
      expect(detail.length).toBeLessThan(260);
    }
  });

  it("OK without a message is a clean end", async () => {
    expect(await endingOf(rig, trailersOnly({ "grpc-status": "0" }))).toEqual({
      by: "peer",
      failure: { cause: "server-closed" },
    });
  });

  it("an unknown number is an error with that number", async () => {
    expect(await endingOf(rig, trailersOnly({ "grpc-status": "99" }))).toEqual({
      by: "peer",
      failure: { cause: "peer-error", code: "99" },
    });
  });

  it.each([
    ["retry-after", "3", 3_000],
    ["x-retry-after-ms", "1500", 1_500],
    ["grpc-retry-pushback-ms", "250", 250],
  ])("carries the peer's hint in %s", async (name, value, retryAfterMs) => {
    const expected = { cause: "peer-unavailable", code: "UNAVAILABLE", retryAfterMs };
    const only = await endingOf(rig, trailersOnly({ "grpc-status": "14", [name]: value }));
    expect(only?.failure).toEqual(expected);
    const trailers = await endingOf(rig, (stream) => {
      respondWithTrailers(stream, { "grpc-status": "14", [name]: value });
      stream.end(frame(request("1")));
    });
    expect(trailers?.failure).toEqual(expected);
  });

  it.each(["soon", "-1", ""])("leaves out a hint that is none: %o", async (value) => {
    const ending = await endingOf(rig, trailersOnly({ "grpc-status": "14", "retry-after": value }));
    expect(ending?.failure).toEqual({ cause: "peer-unavailable", code: "UNAVAILABLE" });
  });
});

conformance("an answer without a gRPC status", (rig) => {
  it.each([
    [400, "wrong-protocol"],
    [401, "wrong-protocol"],
    [403, "wrong-protocol"],
    [404, "wrong-protocol"],
    [429, "connection-lost"],
    [500, "connection-lost"],
    [502, "connection-lost"],
    [503, "connection-lost"],
    [504, "connection-lost"],
  ])("HTTP %i, as a page and without one, is %s and no status of the gateway", async (status, cause) => {
    const headers = { ":status": status, "content-type": "text/html" };
    const expected = { by: "link", failure: { cause } };
    const bare = await endingOf(rig, (stream) => stream.respond(headers, { endStream: true }));
    expect(bare).toMatchObject(expected);
    const page = await endingOf(rig, (stream) => {
      stream.respond(headers);
      stream.end("<html><body>Sorry</body></html>");
    });
    expect(page).toMatchObject(expected);
  });

  it("HTTP 503 may carry a hint", async () => {
    const ending = await endingOf(rig, (stream) =>
      stream.respond(
        { ":status": 503, "content-type": "text/plain", "retry-after": "7" },
        { endStream: true },
      ),
    );
    expect(ending?.failure).toMatchObject({ cause: "connection-lost", retryAfterMs: 7_000 });
  });

  it.each([301, 302, 307])("a redirect (%i) is not followed", async (status) => {
    const ending = await endingOf(rig, (stream) =>
      stream.respond(
        { ":status": status, "content-type": "text/html", location: "https://elsewhere.example/" },
        { endStream: true },
      ),
    );
    expect(ending).toMatchObject({ by: "link", failure: { cause: "wrong-protocol" } });
  });

  it("a page with HTTP 200 is not gRPC", async () => {
    const ending = await endingOf(rig, (stream) => {
      stream.respond({ ":status": 200, "content-type": "text/html" });
      stream.end("<html><body>Welcome</body></html>");
    });
    expect(ending).toMatchObject({ by: "link", failure: { cause: "wrong-protocol" } });
  });

  it("an end without trailers is a lost connection", async () => {
    const ending = await endingOf(rig, (stream) => {
      stream.respond(grpcHeaders);
      stream.end(frame(request("1")));
    });
    expect(ending).toMatchObject({
      by: "link",
      failure: { cause: "connection-lost", code: "NO_GRPC_STATUS" },
    });
  });

  it.each(["abc", "1.5", "", "-1"])("a status that is no number is a lost connection: %o", async (status) => {
    // The library takes these two for 0 and for a status of its own.
    if (rig.lacks("honestCodes") && ["", "-1"].includes(status)) return;
    const fields = { "grpc-status": status };
    const expected = { by: "link", failure: { cause: "connection-lost", code: "NO_GRPC_STATUS" } };
    expect(await endingOf(rig, trailersOnly(fields))).toMatchObject(expected);
    const after = await endingOf(rig, (stream) => {
      respondWithTrailers(stream, fields);
      stream.end(frame(request("1")));
    });
    expect(after).toMatchObject(expected);
  });

  it("trailers without a status are a lost connection", async () => {
    const ending = await endingOf(rig, (stream) => {
      respondWithTrailers(stream, { "x-other": "1" });
      stream.end();
    });
    expect(ending).toMatchObject({
      by: "link",
      failure: { cause: "connection-lost", code: "NO_GRPC_STATUS" },
    });
  });
});

conformance("a reset", (rig) => {
  const codes = [
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
  ] as const;
  const lost = { by: "link", failure: { cause: "connection-lost" } };

  it.each(codes)("with %s before headers is a lost connection", async (name) => {
    const code = constants[`NGHTTP2_${name}`];
    expect(await endingOf(rig, (stream) => stream.close(code))).toMatchObject(lost);
  });

  it.each(codes)("with %s after headers, and within a message, is a lost connection", async (name) => {
    const code = constants[`NGHTTP2_${name}`];
    for (const bytes of [Buffer.alloc(0), frame(request("1", 100)).subarray(0, 50)]) {
      const ending = await endingOf(rig, (stream) => {
        stream.respond(grpcHeaders);
        // The stream has its headers, and the bytes, before the reset.
        stream.write(bytes, () => setImmediate(() => stream.close(code)));
      });
      expect(ending).toMatchObject(lost);
    }
  });

  it("of one stream leaves its neighbours alone", async () => {
    const server = await rig.server((stream) => {
      stream.respond(grpcHeaders);
      if (server.served === 2) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      else stream.on("data", () => stream.write(frame(request("still here"))));
    });
    const transport = rig.transport(server.port);
    const stays = await rig.open(transport);
    const goes = await rig.open(transport);
    await eventually(() => goes.sink.endings.length === 1);
    stays.stream.send(answer("1"));
    await eventually(() => stays.sink.messages.length > 0);
    expect(stays.sink.endings).toEqual([]);
    expect(server.accepted).toBe(1);
  });
});

conformance("half-close", (rig) => {
  it("is seen by the peer, who may go on; its end is a clean one of ours", async () => {
    const inbox = new Inbox();
    const { sink, stream } = await rig.link((peer) => {
      respondWithTrailers(peer, { "grpc-status": "0" });
      peer.on("data", (chunk: Buffer) => inbox.push(chunk));
      peer.on("end", () => {
        peer.write(frame(request("after your end")));
        peer.end();
      });
    });
    stream.send(answer("last"));
    stream.halfClose();
    expect(stream.send(answer("too late"))).toBe(false);
    await eventually(() => sink.endings.length === 1);
    expect(inbox.ids).toEqual(["last"]);
    expect(sink.ids).toEqual(["after your end"]);
    expect(sink.endings).toEqual([{ by: "local", failure: { cause: "server-closed" } }]);
  });

  it("may be answered with an error", async () => {
    const { sink, stream } = await rig.link((peer) => {
      respondWithTrailers(peer, { "grpc-status": "10" });
      peer.resume();
      peer.on("end", () => peer.end());
    });
    stream.halfClose();
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject([{ by: "peer", failure: { cause: "peer-error", code: "ABORTED" } }]);
  });
});

conformance("abort", (rig) => {
  it("frees the place at once, tells the sink last and once, and drops what comes later", async () => {
    let peer: ServerHttp2Stream | undefined;
    const { sink, stream, transport } = await rig.link((one) => {
      peer = one;
      one.respond(grpcHeaders);
      one.resume();
    });
    await eventually(() => peer !== undefined);
    stream.abort();
    expect(transport.channels()).toMatchObject([{ state: "ready", streams: 0 }]);
    expect(sink.endings).toEqual([{ by: "local", failure: { cause: "outbound-closed" } }]);
    stream.abort();
    stream.halfClose();
    stream.pause();
    stream.resume();
    expect(stream.send(answer("late"))).toBe(false);
    peer?.write(frame(request("late")));
    await eventually(() => peer?.closed === true);
    expect(sink.messages).toEqual([]);
    expect(sink.endings).toHaveLength(1);
  });

  it("is seen as a half-close by a peer that closes then, after all that was sent before", async () => {
    const inbox = new Inbox();
    let resetCode: number | undefined;
    const { stream } = await rig.link((peer) => {
      respondWithTrailers(peer, { "grpc-status": "0" });
      peer.on("data", (chunk: Buffer) => inbox.push(chunk));
      peer.on("end", () => peer.end());
      peer.on("close", () => {
        resetCode = peer.rstCode;
      });
    });
    for (const id of ["1", "2", "3"]) stream.send(answer(id));
    stream.abort();
    await eventually(() => resetCode !== undefined);
    expect(inbox.ids).toEqual(["1", "2", "3"]);
    expect(resetCode).toBe(0);
  });

  it("resets a stream whose peer does not close", async () => {
    let resetCode: number | undefined;
    const { server, stream } = await rig.link((peer) => {
      peer.respond(grpcHeaders);
      peer.resume();
      peer.on("close", () => {
        resetCode = peer.rstCode;
      });
    });
    await eventually(() => server.served === 1);
    stream.abort();
    await eventually(() => resetCode !== undefined);
    expect(resetCode).toBe(constants.NGHTTP2_CANCEL);
  });

  it("works while paused, with messages waiting", async () => {
    const { server, sink, stream } = await rig.link((peer) => {
      peer.respond(grpcHeaders);
      peer.resume();
      for (let i = 0; i < 200; i += 1) peer.write(frame(request(String(i), 1_000)));
    });
    await eventually(() => server.served === 1);
    stream.pause();
    stream.abort();
    const delivered = sink.messages.length;
    await eventually(() => server.streams.size === 0);
    expect(sink.messages.length).toBe(delivered);
    expect(sink.endings).toMatchObject([{ by: "local" }]);
  });

  it("may come from within a message", async () => {
    const server = await rig.server((peer) => {
      peer.respond(grpcHeaders);
      peer.resume();
      for (let i = 0; i < 20; i += 1) peer.write(frame(request(String(i))));
    });
    const transport = rig.transport(server.port);
    const opening = rig.open(transport);
    const { sink, stream } = await opening;
    const message = sink.message.bind(sink);
    sink.message = (one) => {
      message(one);
      stream.abort();
    };
    await eventually(() => sink.endings.length === 1);
    await turns();
    expect(sink.endings).toMatchObject([{ by: "local" }]);
  });
});
