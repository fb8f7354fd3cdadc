/** Peers that break HTTP/2: `node:http2` does not say so, and two seconds pass before that is seen. */
import type { Socket } from "node:net";
import { expect, it } from "vitest";
import { eventually } from "../support/until.js";
import { tcpServer } from "./kit/scripted-server.js";
import { conformance, turns } from "./kit/suite.js";

conformance("a connection whose peer breaks HTTP/2", (rig) => {
  it.each([
    ["DATA on stream 0", Buffer.from([0, 0, 1, 0, 0, 0, 0, 0, 0, 42])],
    ["a PING that is too short", Buffer.from([0, 0, 1, 6, 0, 0, 0, 0, 0, 42])],
    ["SETTINGS of an odd length", Buffer.from([0, 0, 1, 4, 0, 0, 0, 0, 0, 42])],
    [
      "a frame beyond the limit",
      Buffer.concat([Buffer.from([0, 0x80, 0, 0, 0, 0, 0, 0, 1]), Buffer.alloc(0x8000)]),
    ],
    ["header fields that do not decompress", Buffer.from([0, 0, 4, 1, 4, 0, 0, 0, 1, 255, 255, 255, 255])],
    ["a window of zero", Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])("is left by the next stream: %s", async (_name, bytes) => {
    if (rig.lacks("deadConnection")) return;
    const sockets: Socket[] = [];
    const peer = await tcpServer((socket) => {
      sockets.push(socket);
      socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    });
    rig.onEnd(() => peer.close());
    const transport = rig.transport(peer.port);
    const before = await rig.open(transport);
    sockets[0]?.write(bytes);
    await turns();
    const opening = async () => {
      const { sink, stream } = await rig.open(transport);
      await eventually(() => sink.endings.length === 1 || peer.accepted() > 1);
      if (sink.endings.length === 0) stream.abort();
    };
    for (let i = 0; i < 50 && peer.accepted() === 1; i += 1) await opening().catch(() => turns(1));
    expect(peer.accepted()).toBe(2);
    await eventually(() => before.sink.endings.length === 1);
  });
});
