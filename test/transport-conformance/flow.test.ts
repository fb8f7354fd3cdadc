/** Flow control and back-pressure, both ways: nothing is lost and nothing piles up without bound. */
import type { ServerHttp2Stream } from "node:http2";
import { expect, it } from "vitest";
import { eventually } from "../support/until.js";
import { answer, frame, Inbox, idOf, request } from "./kit/messages.js";
import { grpcHeaders, respondWithTrailers } from "./kit/scripted-server.js";
import { conformance, turns } from "./kit/suite.js";

const kib64 = 64 * 1024;
const highWater = 1024 * 1024;
/** More than every window and buffer between the two ends, in frames of 64 KiB. */
const beyondAllBuffers = 800;

/** Writes so many frames as fast as flow control lets it; tells how many are out of its hands. */
function pour(stream: ServerHttp2Stream, count: number): { written: number } {
  const progress = { written: 0 };
  const next = () => {
    while (progress.written < count) {
      progress.written += 1;
      if (!stream.write(frame(request(String(progress.written), kib64))))
        return void stream.once("drain", next);
    }
    stream.end();
  };
  next();
  return progress;
}

conformance("back-pressure", (rig) => {
  it("says stop over the high mark, and writable once when there is room again", async () => {
    let peer: ServerHttp2Stream | undefined;
    const { sink, stream } = await rig.link((one) => {
      peer = one;
      one.respond(grpcHeaders);
    });
    await eventually(() => peer !== undefined);
    let sent = 0;
    while (stream.send(answer(String(sent), kib64)) && sent < 1_000) sent += 1;
    expect(sent).toBeLessThan(100);
    expect(stream.bufferedBytes).toBeGreaterThan(highWater / 2);
    expect(sink.writables).toBe(0);
    peer?.resume();
    await eventually(() => sink.writables === 1);
    expect(stream.bufferedBytes).toBeLessThan(highWater / 2);
    await turns();
    expect(sink.writables).toBe(1);
  });

  it("loses nothing with a slow peer, and keeps memory within the marks", async () => {
    const inbox = new Inbox();
    const { sink, stream } = await rig.link((peer) => {
      peer.respond(grpcHeaders);
      // Reads one chunk a turn.
      peer.on("readable", () => {
        const chunk: Buffer | null = peer.read();
        if (chunk) inbox.push(chunk);
      });
    });
    const total = 400;
    let sent = 0;
    let most = 0;
    const more = () => {
      let roomy = true;
      while (roomy && sent < total) {
        roomy = stream.send(answer(String(sent), 16 * 1024));
        sent += 1;
        most = Math.max(most, stream.bufferedBytes);
      }
    };
    const writable = sink.writable.bind(sink);
    sink.writable = () => {
      writable();
      more();
    };
    more();
    expect(sent).toBeLessThan(total);
    await eventually(() => inbox.ids.length === total);
    expect(inbox.ids).toEqual(Array.from({ length: total }, (_, i) => String(i)));
    expect(most).toBeLessThan(2 * highWater);
  });

  it("takes what is sent beyond the mark all the same, in order", async () => {
    const inbox = new Inbox();
    let peer: ServerHttp2Stream | undefined;
    const { stream } = await rig.link((one) => {
      peer = one;
      one.respond(grpcHeaders);
    });
    await eventually(() => peer !== undefined);
    const ids = Array.from({ length: 60 }, (_, i) => String(i));
    for (const id of ids) stream.send(answer(id, kib64));
    peer?.on("data", (chunk: Buffer) => inbox.push(chunk));
    await eventually(() => inbox.ids.length === ids.length);
    expect(inbox.ids).toEqual(ids);
  });

  it("takes what is sent while a large message is under way", async () => {
    const inbox = new Inbox();
    const { stream } = await rig.link((peer) => {
      peer.respond(grpcHeaders);
      peer.on("data", (chunk: Buffer) => inbox.push(chunk));
    });
    await eventually(() => inbox.messages.length === 1);
    for (const id of ["1", "2", "3"]) {
      stream.send(answer(id, 8 * kib64));
      await turns(1);
    }
    await eventually(() => inbox.messages.length === 4);
    expect(inbox.ids).toEqual(["1", "2", "3"]);
  });

  it("writes what is queued before the half-close", async () => {
    const inbox = new Inbox();
    let ended = false;
    const { stream } = await rig.link((peer) => {
      peer.respond(grpcHeaders);
      peer.on("data", (chunk: Buffer) => inbox.push(chunk));
      peer.on("end", () => {
        ended = true;
      });
    });
    for (let i = 0; i < 40; i += 1) stream.send(answer(String(i), kib64));
    stream.halfClose();
    await eventually(() => ended);
    expect(inbox.ids).toHaveLength(40);
  });
});

conformance("a paused stream", (rig) => {
  it("holds the peer by flow control, and brings everything when it goes on", async () => {
    let progress = { written: 0 };
    const { sink, stream } = await rig.link((peer) => {
      respondWithTrailers(peer, { "grpc-status": "0" });
      progress = pour(peer, beyondAllBuffers);
    });
    stream.pause();
    const before = sink.messages.length;
    await eventually(() => progress.written > 4);
    // Whatever could come has come when the peer is stuck for a while.
    for (let last = -1; last !== progress.written; ) {
      last = progress.written;
      await turns(200);
    }
    expect(progress.written).toBeLessThan(beyondAllBuffers);
    expect(sink.messages.length).toBeLessThanOrEqual(before + 1);
    stream.resume();
    await eventually(() => sink.endings.length === 1);
    expect(sink.messages).toHaveLength(beyondAllBuffers);
    expect(sink.messages.map(idOf)).toEqual(
      Array.from({ length: beyondAllBuffers }, (_, i) => String(i + 1)),
    );
    expect(sink.endings).toMatchObject([{ by: "peer", failure: { cause: "server-closed" } }]);
  });

  it("still sends", async () => {
    const inbox = new Inbox();
    const { stream } = await rig.link((peer) => {
      peer.respond(grpcHeaders);
      peer.on("data", (chunk: Buffer) => inbox.push(chunk));
    });
    stream.pause();
    stream.send(answer("while paused"));
    await eventually(() => inbox.ids.length === 1);
  });

  it("may pause and go on from within a message, without losing the order", async () => {
    const total = 300;
    const { sink, stream } = await rig.link((peer) => {
      respondWithTrailers(peer, { "grpc-status": "0" });
      peer.end(Buffer.concat(Array.from({ length: total }, (_, i) => frame(request(String(i))))));
    });
    const message = sink.message.bind(sink);
    sink.message = (one) => {
      message(one);
      stream.pause();
      setImmediate(() => stream.resume());
    };
    await eventually(() => sink.endings.length === 1);
    expect(sink.ids).toEqual(Array.from({ length: total }, (_, i) => String(i)));
  });

  it("may pause and go on at once from within a message: each comes once", async () => {
    const total = 30;
    const { sink, stream } = await rig.link((peer) => {
      respondWithTrailers(peer, { "grpc-status": "0" });
      peer.end(Buffer.concat(Array.from({ length: total }, (_, i) => frame(request(String(i))))));
    });
    const message = sink.message.bind(sink);
    sink.message = (one) => {
      message(one);
      stream.pause();
      stream.resume();
    };
    await eventually(() => sink.endings.length === 1);
    expect(sink.ids).toEqual(Array.from({ length: total }, (_, i) => String(i)));
  });

  it("learns that its connection is over", async () => {
    const { server, sink, stream } = await rig.link((peer) => peer.respond(grpcHeaders));
    await eventually(() => server.served === 1);
    stream.pause();
    server.cut();
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject([{ by: "link", failure: { cause: "connection-lost" } }]);
  });

  it("learns that its peer has ended it, and why, without going on", async () => {
    let peer: ServerHttp2Stream | undefined;
    const { server, sink, stream } = await rig.link((one) => {
      peer = one;
      respondWithTrailers(one, { "grpc-status": "14" });
    });
    await eventually(() => server.served === 1);
    stream.pause();
    peer?.end(frame(request("last")));
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject([
      { by: "peer", failure: { cause: "peer-unavailable", code: "UNAVAILABLE" } },
    ]);
  });

  it("leaves its neighbours their share", async () => {
    // 6 MiB: less than the one window of the connection.
    const amount = rig.lacks("windowOfOwn") ? 100 : beyondAllBuffers;
    const server = await rig.server((peer) => {
      peer.respond(grpcHeaders);
      if (server.served === 1) pour(peer, amount);
      else peer.on("data", () => peer.write(frame(request("neighbour", kib64))));
    });
    const transport = rig.transport(server.port);
    const paused = await rig.open(transport);
    paused.stream.pause();
    await turns(200);
    const neighbour = await rig.open(transport);
    for (let round = 1; round <= 20; round += 1) {
      neighbour.stream.send(answer(String(round)));
      await eventually(() => neighbour.sink.messages.length >= round);
    }
    expect(server.accepted).toBe(1);
  });
});
