/** Rows of the table over real sockets: a scripted peer, and the adapter as it is used. */
import { afterEach, describe, expect, it } from "vitest";
import { parseEndpoint } from "../../../src/protocol/endpoint.js";
import { h2Adapter } from "../../../src/transport/h2/transport.js";
import type { Transport } from "../../../src/transport/transport.js";
import { eventually } from "../../support/until.js";
import { first } from "../../transport-conformance/kit/messages.js";
import { Recorder } from "../../transport-conformance/kit/recorder.js";
import { headers, literals, ping, settings, settingsAck } from "./support/frames.js";
import { RawPeer } from "./support/raw-peer.js";
import { requirements } from "./support/requirement-table.js";

const greeting = Buffer.concat([settings(), settingsAck]);
const answer = headers(1, literals([":status", "200"], ["content-type", "application/grpc"]));

/**
 * Those that need nothing of a call's user, and whose peer does not ask the connection back. What comes after an answer
 * that is not gRPC, which the adapter leaves, is not what the row says; nor is what a window comes to from which a
 * first message was taken.
 */
const rows = requirements.filter(
  ({ section, stage, sends, hears, ends }) =>
    !section.startsWith("6.9.") &&
    ["unsettled", "open", "answered"].includes(stage) &&
    sends.length < 4_000 &&
    !hears.some((one) => one === "asked back" || one === "lost by going-away") &&
    (ends !== undefined || !hears.includes("headers 200") || hears.length === 1),
);

let peer: RawPeer;
let transport: Transport;

async function begin(): Promise<Recorder> {
  peer = await RawPeer.start();
  transport = h2Adapter.create({
    endpoint: parseEndpoint(`grpc://127.0.0.1:${peer.port}`),
    tls: {},
    maxStreamsPerChannel: 80,
    maxRegistrationsPerSocket: 80,
    connectTimeoutMs: 60_000,
    ping: { intervalMs: 60_000, timeoutMs: 30_000 },
    maxMessageBytes: 4 * 2 ** 20,
  });
  return new Recorder();
}

const open = (sink: Recorder) =>
  transport.open({ first, sink, signal: new AbortController().signal, timeoutMs: 60_000 });

afterEach(async () => {
  await transport.close();
  await peer.close();
});

describe("instead of a greeting", () => {
  it.each(rows.filter(({ stage, ends }) => stage === "unsettled" && ends !== undefined))(
    "$number (section $section): the peer $peer",
    async ({ sends, ends }) => {
      const opening = open(await begin());
      const refused = expect(opening).rejects.toMatchObject({ failure: { cause: "wrong-protocol" } });
      await eventually(() => peer.state === "open");
      peer.send(sends);
      await refused;
      await eventually(() => peer.state === "ended");
      expect(peer.received.at(-1)).toBe(`GOAWAY 0 ${ends}`);
    },
  );
});

describe("on an open stream", () => {
  it.each(rows.filter(({ stage }) => stage !== "unsettled"))(
    "$number (section $section): the peer $peer ($stage)",
    async ({ stage, sends, ends, writes }) => {
      const sink = await begin();
      const opening = open(sink);
      await eventually(() => peer.state === "open");
      peer.send(greeting);
      await opening;
      peer.send(stage === "answered" ? Buffer.concat([answer, sends]) : sends);

      if (ends !== undefined) {
        await eventually(() => peer.state === "ended");
        expect(peer.received.at(-1)).toBe(`GOAWAY 0 ${ends}`);
        await eventually(() => sink.endings.length === 1);
        expect(transport.channels()).toEqual([]);
        return;
      }
      peer.send(ping(0xee));
      await peer.hears("PING ACK ee");
      const resets = (frames: readonly string[]) =>
        frames.filter((one) => /^RST_STREAM 1 (?!CANCEL)/.test(one));
      expect(resets(peer.received)).toEqual(resets(writes));
      if (resets(writes).length > 0) expect(sink.endings).toHaveLength(1);
      expect(peer.received.filter((one) => one.startsWith("GOAWAY"))).toEqual([]);
    },
  );
});

it("has most rows of these stages", () => expect(rows.length).toBeGreaterThan(120));
