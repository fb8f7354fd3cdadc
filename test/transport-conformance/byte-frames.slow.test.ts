/** A message in DATA frames of one byte each: read with little memory and answered, and other streams are served. */
import type { ServerHttp2Stream } from "node:http2";
import { expect, it } from "vitest";
import { heldBytes, writeByBytes } from "../support/byte-frames.js";
import { eventually } from "../support/until.js";
import { answer, frame, Inbox, request } from "./kit/messages.js";
import { grpcHeaders } from "./kit/scripted-server.js";
import { conformance } from "./kit/suite.js";

const mib = 1024 * 1024;

conformance("frames of one byte", (rig) => {
  it("make a message that is read with little memory, beside a stream that is served", async () => {
    const peers: { readonly stream: ServerHttp2Stream; readonly inbox: Inbox }[] = [];
    const { server, transport, sink, stream } = await rig.link((one) => {
      const inbox = new Inbox();
      one.respond(grpcHeaders);
      one.on("data", (chunk: Buffer) => inbox.push(chunk));
      peers.push({ stream: one, inbox });
    });
    const beside = await rig.open(transport);
    await eventually(() => peers.length === 2);
    const [slow, quick] = peers;
    if (!slow || !quick) throw new Error("There are no streams.");
    const bytes = frame(request("by bytes", 64 * 1024));
    const before = heldBytes();
    await writeByBytes(slow.stream, bytes.subarray(0, -1_000));
    expect(heldBytes() - before).toBeLessThan(24 * mib);
    expect(sink.messages).toEqual([]);
    quick.stream.write(frame(request("beside")));
    await eventually(() => beside.sink.messages.length === 1);
    beside.stream.send(answer("beside"));
    await eventually(() => quick.inbox.ids.length === 1);
    await writeByBytes(slow.stream, bytes.subarray(-1_000));
    await eventually(() => sink.messages.length === 1);
    stream.send(answer("by bytes"));
    await eventually(() => slow.inbox.ids.length === 1);
    expect([sink.ids, beside.sink.ids, slow.inbox.ids]).toEqual([["by bytes"], ["beside"], ["by bytes"]]);
    expect([sink.endings, beside.sink.endings, server.accepted]).toEqual([[], [], 1]);
  });
});
