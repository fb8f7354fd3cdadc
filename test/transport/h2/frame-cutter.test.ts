/** Frames are the same wherever what carries them is cut. */
import { expect, it } from "vitest";
import { Flag, type FrameHead, FrameType } from "../../../src/transport/h2/frame.js";
import { FrameCutter } from "../../../src/transport/h2/frame-cutter.js";
import { frame } from "./kit/raw.js";

/** What a taker is told of these chunks, with the parts of DATA put together. */
function told(chunks: readonly Buffer[]): readonly string[] {
  const heard: string[] = [];
  let data = "";
  const cutter = new FrameCutter({
    isOver: false,
    begin: ({ type, length, flags, stream }: FrameHead) =>
      void heard.push(`begin ${type} ${length} ${flags} ${stream}`),
    data: (bytes, start, end) => {
      data += bytes.toString("hex", start, end);
    },
    endOfData: () => {
      heard.push(`data ${data}`);
      data = "";
    },
    payload: (bytes, start, end) => void heard.push(`payload ${bytes.toString("hex", start, end)}`),
  });
  for (const chunk of chunks) cutter.receive(chunk, chunk.length);
  return heard;
}

const bytes = Buffer.concat([
  frame(FrameType.SETTINGS, 0, 0),
  frame(FrameType.DATA, 0, 1, Buffer.from("content")),
  frame(FrameType.DATA, 0, 1),
  frame(FrameType.PING, 0, 0, Buffer.alloc(8, 7)),
  frame(FrameType.DATA, Flag.PADDED, 3, Buffer.from([2, 1, 0, 0])),
  frame(FrameType.DATA, Flag.END_STREAM, 0x7fff_ffff, Buffer.alloc(300, 1)),
  frame(99, 0xff, 5, Buffer.alloc(20, 2)),
]);
const whole = told([bytes]);

it("in one piece", () => {
  expect(whole).toHaveLength(14);
  expect(whole.slice(0, 6)).toEqual([
    "begin 4 0 0 0",
    "payload ",
    "begin 0 7 0 1",
    `data ${Buffer.from("content").toString("hex")}`,
    "begin 0 0 0 1",
    "data ",
  ]);
});

it("cut in two at each byte", () => {
  for (let at = 1; at < bytes.length; at += 1)
    expect(told([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
});

it.each([1, 2, 3, 8, 9, 10, 64])("in pieces of %i bytes", (size) => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  expect(told(pieces)).toEqual(whole);
});
