/**
 * What every transport does, whatever it speaks (`src/transport/transport.ts`). What an adapter declares that it lacks
 * is held to its declaration: here is what it does instead.
 */
import { expect, it } from "vitest";
import type { LinkCause } from "../../src/transport/transport.js";
import { eventually } from "../support/until.js";
import { answer, first, idOf, maxMessageBytes, request } from "./kit/messages.js";
import type { PeerEnd } from "./kit/peer.js";
import { Recorder } from "./kit/recorder.js";
import { tcpServer } from "./kit/scripted-server.js";
import { contract, turns } from "./kit/suite.js";

const ids = (count: number, prefix = ""): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

contract("opening", (rig) => {
  it("brings the first message, for which the peer has said nothing", async () => {
    const { peer } = await rig.peerLink();
    await eventually(() => peer.streams[0]?.received.length === 1);
    expect(peer.streams[0]?.received).toEqual([first]);
    expect(peer.connections).toBe(1);
  });

  it("is unreachable where nobody listens", async () => {
    const gone = await tcpServer();
    await gone.close();
    await expect(rig.open(rig.transport(gone.port))).rejects.toMatchObject({
      name: "TransportOpenError",
      failure: { cause: "unreachable" },
    });
  });

  it("is given up with its signal, and leaves no place behind", async () => {
    const silent = await tcpServer();
    rig.onEnd(() => silent.close());
    const transport = rig.transport(silent.port);
    const giveUp = new AbortController();
    const opening = rig.open(transport, { signal: giveUp.signal });
    await eventually(() => silent.accepted() === 1);
    const reason = new Error("given up");
    giveUp.abort(reason);
    await expect(opening).rejects.toBe(reason);
    expect(transport.channels().reduce((sum, { streams }) => sum + streams, 0)).toBe(0);
  });

  it("is given up in its time by a peer that says nothing", async () => {
    const silent = await tcpServer();
    rig.onEnd(() => silent.close());
    await expect(rig.open(rig.transport(silent.port), { timeoutMs: 200 })).rejects.toMatchObject({
      failure: { cause: "connect-timeout" },
    });
  });
});

contract("messages", (rig) => {
  it("come in order, both ways, and those of one stream stay on it", async () => {
    const peer = await rig.peer((stream) => {
      for (const id of ids(200)) stream.send(request(id));
    });
    const transport = rig.transport(peer.port);
    const links = await Promise.all(ids(3).map(() => rig.open(transport)));
    for (const [number, { stream }] of links.entries())
      for (const id of ids(200, `${number}-`)) stream.send(answer(id, 50));
    await eventually(() => links.every(({ sink }) => sink.messages.length === 200));
    for (const { sink } of links) expect(sink.ids).toEqual(ids(200));
    await eventually(() => peer.streams.every(({ received }) => received.length === 201));
    const received = peer.streams.map((stream) => stream.received.slice(1).map(idOf));
    expect(received.sort()).toEqual(ids(3).map((number) => ids(200, `${number}-`)));
  });

  it("beyond the limit are read past, and told; the stream goes on", async () => {
    const { sink } = await rig.peerLink((stream) => {
      stream.send(request("large", maxMessageBytes + 1));
      stream.send(request("next"));
    });
    await eventually(() => sink.messages.length === 1);
    expect(sink.skipped).toMatchObject([{ id: "large" }]);
    expect(sink.ids).toEqual(["next"]);
    expect(sink.endings).toEqual([]);
  });

  it("of ours beyond the limit end the stream, and none of it is sent", async () => {
    const { peer, sink, stream } = await rig.peerLink();
    await eventually(() => peer.streams.length === 1);
    stream.send(answer("large", maxMessageBytes + 1));
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject([{ by: "local", failure: { cause: "message-too-large" } }]);
    expect(peer.streams[0]?.received.map(idOf)).not.toContain("large");
  });
});

contract("back-pressure", (rig) => {
  it("says stop while the peer does not read, takes what is sent all the same, and says when there is room", async () => {
    const { peer, sink, stream } = await rig.peerLink((one) => one.hold());
    await eventually(() => peer.streams.length === 1);
    let sent = 0;
    while (stream.send(answer(String(sent), 64 * 1024)) && sent < 1_000) sent += 1;
    expect(sent).toBeLessThan(1_000);
    expect(stream.bufferedBytes).toBeGreaterThan(0);
    expect(sink.writables).toBe(0);
    peer.streams[0]?.read();
    await eventually(() => sink.writables === 1);
    await eventually(() => peer.streams[0]?.received.length === sent + 2);
    expect(peer.streams[0]?.received.slice(1).map(idOf)).toEqual(ids(sent + 1));
  });

  it("by a pause loses nothing", async () => {
    const { sink, stream } = await rig.peerLink((one) => {
      for (const id of ids(100)) one.send(request(id, 1_000));
    });
    stream.pause();
    const before = sink.messages.length;
    await turns();
    expect(sink.messages.length).toBeLessThanOrEqual(before + 1);
    stream.resume();
    await eventually(() => sink.messages.length === 100);
    expect(sink.ids).toEqual(ids(100));
  });
});

contract("the end of a stream", (rig) => {
  it("in order brings all that came before it", async () => {
    const { sink } = await rig.peerLink((stream) => {
      for (const id of ids(50)) stream.send(request(id));
      stream.end();
    });
    await eventually(() => sink.endings.length === 1);
    expect(sink.ids).toEqual(ids(50));
    expect(sink.endings).toEqual([{ by: "peer", failure: { cause: "server-closed" } }]);
  });

  it.each<[PeerEnd, LinkCause]>([
    ["request", "refused-by-peer"],
    ["identity", "identity-refused"],
    ["access", "access-denied"],
    ["unavailable", "peer-unavailable"],
    ["exhausted", "peer-exhausted"],
    ["other", "peer-error"],
  ])("by a code of the peer's (%s) is %s, with the code beside it", async (why, cause) => {
    const { sink, transport } = await rig.peerLink((stream) => stream.fail(why));
    await eventually(() => sink.endings.length === 1);
    // Where a peer can only end all at once, its connection is gone with the stream.
    const left = rig.lacks("peerCodes") ? [] : [0];
    expect(transport.channels().map(({ streams }) => streams)).toEqual(left);
    const [ending] = sink.endings;
    if (rig.lacks("peerCodes")) expect(["server-closed", "connection-lost"]).toContain(ending?.failure.cause);
    else expect(ending).toMatchObject({ by: "peer", failure: { cause, code: expect.stringMatching(/./) } });
  });

  it("by our half-close comes when the peer ends, too, or at once where there is no half", async () => {
    const { peer, sink, stream } = await rig.peerLink();
    stream.send(answer("last"));
    stream.halfClose();
    expect(stream.send(answer("too late"))).toBe(false);
    await eventually(() => peer.streams[0] !== undefined && peer.streams[0].state !== "open");
    if (!rig.lacks("halfClose")) {
      expect(sink.endings).toEqual([]);
      peer.streams[0]?.send(request("after your end"));
      peer.streams[0]?.end();
    }
    await eventually(() => sink.endings.length === 1);
    if (!rig.lacks("halfClose")) expect(sink.ids).toEqual(["after your end"]);
    expect(peer.streams[0]?.received.map(idOf)).toEqual(["", "last"]);
    expect(sink.endings).toMatchObject([{ by: "local" }]);
  });

  it("by our abort is told at once and last, frees the place, and the peer sees it after what was sent", async () => {
    const { peer, sink, stream, transport } = await rig.peerLink();
    stream.send(answer("last"));
    stream.abort();
    expect(sink.endings).toEqual([{ by: "local", failure: { cause: "outbound-closed" } }]);
    expect(transport.channels()).toMatchObject([{ streams: 0 }]);
    expect(stream.send(answer("too late"))).toBe(false);
    await eventually(() => peer.streams[0] !== undefined && peer.streams[0].state !== "open");
    expect(peer.streams[0]?.received.map(idOf)).toEqual(["", "last"]);
    expect(sink.endings).toHaveLength(1);
  });
});

contract("a connection", (rig) => {
  it("that is cut ends all its streams, and the next one is dialled", async () => {
    const peer = await rig.peer();
    const transport = rig.transport(peer.port);
    const links = [await rig.open(transport), await rig.open(transport)];
    await eventually(() => peer.streams.length === 2);
    peer.cut();
    await eventually(() => links.every(({ sink }) => sink.endings.length === 1));
    for (const { sink } of links)
      expect(sink.endings).toMatchObject([{ by: "link", failure: { cause: "connection-lost" } }]);
    const before = peer.connections;
    await rig.open(transport);
    expect(peer.connections).toBe(before + 1);
  });

  it("that is asked back serves its streams to their end, and takes no more", async () => {
    if (rig.lacks("drainNotice")) return;
    const peer = await rig.peer();
    const transport = rig.transport(peer.port);
    const { sink, stream } = await rig.open(transport);
    await eventually(() => peer.streams.length === 1);
    peer.drain();
    await eventually(() => sink.drainings === 1);
    await rig.open(transport);
    await eventually(() => peer.streams.length === 2);
    expect(peer.connections).toBe(2);
    stream.send(answer("still here"));
    await eventually(() => peer.streams[0]?.received.map(idOf).includes("still here") === true);
    peer.streams[0]?.end();
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject([{ by: "peer", failure: { cause: "server-closed" } }]);
  });

  it("is closed with its transport, which opens nothing any more", async () => {
    const { sink, transport } = await rig.peerLink();
    await transport.close();
    await transport.close();
    expect(sink.endings).toMatchObject([{ by: "local", failure: { cause: "outbound-closed" } }]);
    const late = new Recorder();
    await expect(rig.open(transport, { sink: late })).rejects.toMatchObject({
      failure: { cause: "outbound-closed" },
    });
    expect(late.endings).toEqual([]);
  });
});
