/** The fuzzer itself: that it is the same for the same seed, and finds what is wrong. */
import { describe, expect, it } from "vitest";
import { requestBlock } from "../../transport/h2/support/driven-connection.js";
import {
  data,
  flags,
  frame,
  goaway,
  headers,
  ping,
  preface,
  rst,
  settings,
  settingsAck,
  types,
  windowUpdate,
} from "../../transport/h2/support/frames.js";
import { corpus, framesOf } from "./corpus.js";
import { read, written } from "./fuzz-case.js";
import { generate } from "./generate.js";
import { RawCall, rawContent } from "./heard.js";
import { SentFrames } from "./sent-frames.js";

const conversations = corpus();

it("makes the same case of the same seed, and another of the next", () => {
  const one = generate(7, conversations);
  expect(generate(7, conversations)).toEqual(one);
  expect(generate(8, conversations)).not.toEqual(one);
});

it("keeps a case as text", () => {
  const one = generate(7, conversations);
  expect(read(written(one))).toEqual(one);
});

it("has conversations with other servers, cut into frames", () => {
  const kept = conversations.filter((frames) => frames.length > 3).map((frames) => Buffer.concat(frames));
  expect(kept.length).toBeGreaterThan(20);
  for (const bytes of kept) expect(Buffer.concat(framesOf(bytes))).toEqual(bytes);
});

describe("of what a client writes, it refuses", () => {
  const greeting = Buffer.concat([Buffer.from(preface), settings()]);
  const opened = Buffer.concat([greeting, headers(1, requestBlock)]);
  const full = Buffer.alloc(16_384);
  const wrong: [name: string, peer: Buffer, sent: Buffer, words: RegExp][] = [
    ["no preface", Buffer.alloc(0), settings(), /no preface/],
    [
      "no settings first",
      Buffer.alloc(0),
      Buffer.concat([Buffer.from(preface), ping(1)]),
      /not SETTINGS first/,
    ],
    ["half a frame", Buffer.alloc(0), greeting.subarray(0, -1), /bytes are no frame/],
    [
      "a stream of the peer's",
      Buffer.alloc(0),
      Buffer.concat([greeting, headers(2, requestBlock)]),
      /not the next/,
    ],
    ["a stream twice", Buffer.alloc(0), Buffer.concat([opened, headers(1, requestBlock)]), /not the next/],
    ["DATA of no stream", Buffer.alloc(0), Buffer.concat([opened, data(3, "00")]), /never opened/],
    [
      "DATA after the end",
      Buffer.alloc(0),
      Buffer.concat([opened, data(1, "", flags.end), data(1, "00")]),
      /had ended/,
    ],
    [
      "DATA after a reset",
      Buffer.alloc(0),
      Buffer.concat([opened, rst(1, "CANCEL"), data(1, "00")]),
      /was reset/,
    ],
    ["two resets", Buffer.alloc(0), Buffer.concat([opened, rst(1, "CANCEL"), rst(1, "CANCEL")]), /twice/],
    [
      "DATA beyond the connection's window",
      windowUpdate(1, 100_000),
      Buffer.concat([opened, ...Array<Buffer>(4).fill(data(1, full))]),
      /beyond the window of 0/,
    ],
    [
      "DATA beyond the stream's window",
      settings([4, 5]),
      Buffer.concat([opened, settingsAck, data(1, "010203040506")]),
      /beyond the window of 1/,
    ],
    [
      "more streams than the peer takes",
      settings([3, 1]),
      Buffer.concat([opened, settingsAck, headers(3, requestBlock)]),
      /more than the peer takes/,
    ],
    ["another answer to PING", ping(1), Buffer.concat([greeting, ping(2, flags.ack)]), /another answer/],
    [
      "a frame above the limit",
      Buffer.alloc(0),
      Buffer.concat([opened, data(1, Buffer.alloc(16_385))]),
      /too large/,
    ],
    [
      "an answer to no PING",
      Buffer.alloc(0),
      Buffer.concat([greeting, ping(1, flags.ack)]),
      /an answer to nothing/,
    ],
    [
      "an answer to no SETTINGS",
      Buffer.alloc(0),
      Buffer.concat([greeting, settingsAck]),
      /an answer to nothing/,
    ],
    [
      "a window for what has not come",
      data(1, "00"),
      Buffer.concat([opened, windowUpdate(1, 2)]),
      /more than has come/,
    ],
    ["a window of nothing", data(1, "00"), Buffer.concat([opened, windowUpdate(1, 0)]), /no window/],
    [
      "anything after GOAWAY",
      ping(1),
      Buffer.concat([greeting, goaway(0, "NO_ERROR"), ping(1, flags.ack)]),
      /after GOAWAY/,
    ],
    [
      "what a client never sends",
      Buffer.alloc(0),
      Buffer.concat([opened, frame(types.PRIORITY, 0, 1, "00000000 10")]),
      /of no use/,
    ],
  ];
  it.each(wrong)("%s", (_name, peer, sent, words) => {
    const frames = new SentFrames(peer);
    frames.received(peer.length);
    expect(() => frames.sent(sent)).toThrow(words);
  });

  it("content in another order", () => {
    const frames = new SentFrames(Buffer.alloc(0), rawContent);
    frames.sent(Buffer.concat([opened, data(1, "0001")]));
    expect(() => frames.sent(data(1, "0302"))).toThrow(/another order/);
  });

  const undone: [name: string, peer: Buffer, words: RegExp][] = [
    ["a PING without an answer", ping(1), /PING was not answered/],
    ["SETTINGS without an acknowledgement", settings(), /not acknowledged/],
    ["the connection's window, used up", Buffer.concat(Array(4).fill(data(1, full))), /took more than/],
    ["a window that is not given back", Buffer.concat(Array(2).fill(data(1, full))), /not back/],
  ];
  it.each(undone)("%s", (_name, peer, words) => {
    const frames = new SentFrames(peer);
    frames.sent(opened);
    frames.checkConnection();
    frames.received(peer.length);
    expect(() => frames.checkConnection()).toThrow(words);
  });

  it("and nothing of a whole conversation", () => {
    const peer = Buffer.concat([settings([4, 70_000]), settingsAck, ping(1), data(1, "0102")]);
    const frames = new SentFrames(peer, rawContent);
    frames.received(peer.length);
    frames.sent(
      Buffer.concat([
        opened,
        settingsAck,
        ping(1, flags.ack),
        data(1, rawContent.from(0, 16_384)),
        windowUpdate(1, 2),
        data(1, "", flags.end),
        goaway(0, "NO_ERROR"),
      ]),
    );
  });
});

describe("of what a call hears, it refuses", () => {
  const lost = (call: RawCall) => call.lost({ by: "connection" });
  const left = (call: RawCall) => call.reset();
  const ended = (call: RawCall) => call.peerEnded();
  const fields = (call: RawCall) => call.headers({});
  const trailed = (call: RawCall) => call.trailers({});
  const content = (call: RawCall) => call.data(Buffer.alloc(1), 0, 1);
  const wrong: [name: string, hears: ((call: RawCall) => void)[], words: RegExp][] = [
    ["two ends", [lost, lost], /is over \(ended\)/],
    ["an end after it was left", [left, lost], /is over \(left\)/],
    ["header fields twice", [fields, fields], /twice/],
    ["content before header fields", [content], /awaited/],
    ["content after trailers", [fields, trailed, content], /trailed/],
    ["content after the end", [fields, ended, content], /is over/],
  ];
  it.each(wrong)("%s", (_name, hears, words) => {
    const call = new RawCall();
    for (const hear of hears.slice(0, -1)) hear(call);
    expect(() => hears.at(-1)?.(call)).toThrow(words);
  });
});
