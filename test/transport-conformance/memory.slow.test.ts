/** What a session may hold: Node's own limit of 10 MB is out of reach, and our marks bound what is queued. */
import type { ServerHttp2Stream } from "node:http2";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { eventually } from "../support/until.js";
import { answer, frame, request } from "./kit/messages.js";
import { grpcHeaders } from "./kit/scripted-server.js";
import { conformance, turns } from "./kit/suite.js";

const mib = 1024 * 1024;

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** What is held outside JavaScript's heap, where queued bytes are. */
function heldBytes(): number {
  collect();
  const { external, arrayBuffers } = process.memoryUsage();
  return external + arrayBuffers;
}

conformance("a session that holds more than Node's 10 MB", (rig) => {
  it("takes new streams while others are not read, as much as the connection's window allows", async () => {
    const messages = 2;
    const { server, transport } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      stream.on("data", () => {});
      for (let i = 0; i < messages; i += 1) stream.write(frame(request(String(i), 900_000)));
    });
    const unread = await Promise.all(Array.from({ length: 11 }, () => rig.open(transport)));
    for (const { stream } of unread) stream.pause();
    await eventually(() => server.served === 12);
    await turns();
    const { sink } = await rig.open(transport);
    await turns();
    expect(sink.endings).toEqual([]);
    for (const { stream } of unread) stream.resume();
    await eventually(() => unread.every((one) => one.sink.messages.length === messages));
    expect(server.accepted).toBe(1);
  });

  it("takes new streams after resets with 1.5 MB queued, and holds what its marks allow", async () => {
    const peers: ServerHttp2Stream[] = [];
    const { transport, server } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      stream.write(frame(request("accepted")));
      // Nothing is read: what comes stays queued on the other side.
      peers.push(stream);
    });
    const round = async () => {
      const { stream, sink } = await rig.open(transport);
      await eventually(() => sink.messages.length === 1);
      stream.send(answer("queued", 1.5 * mib));
      await turns(5);
      peers.at(-1)?.close(8);
      await eventually(() => sink.endings.length === 1);
    };
    for (let i = 0; i < 10; i += 1) await round();
    const before = heldBytes();
    for (let i = 0; i < 20; i += 1) await round();
    // Closed streams let go of what they held in turns of their own; 20 of them had 30 MiB.
    await eventually(() => heldBytes() - before < 6 * mib);
    expect(server.accepted).toBe(1);
  });

  it("stops a storm of 1 MB results at the marks, and loses none", async () => {
    const count = 12;
    const each = 4;
    const peers: ServerHttp2Stream[] = [];
    const { transport } = await rig.link((stream) => {
      stream.respond(grpcHeaders);
      peers.push(stream);
    });
    const links = await Promise.all(Array.from({ length: count }, () => rig.open(transport)));
    await eventually(() => peers.length === count + 1);
    for (const { stream } of links) {
      let roomy = true;
      for (let i = 0; i < each && roomy; i += 1) roomy = stream.send(answer(String(i), mib));
      expect(roomy).toBe(false);
    }
    await turns();
    const fresh = await rig.open(transport);
    await turns();
    expect(fresh.sink.endings).toEqual([]);
    for (const peer of peers) peer.resume();
    await eventually(() => links.every(({ sink }) => sink.writables >= 1));
    expect(links.every(({ sink }) => sink.endings.length === 0)).toBe(true);
  });
});
