// Chunks cut into messages: whole chunks of 64 messages, and the same bytes in pieces that end anywhere.
import { defaultMaxMessageBytes } from "../../build/src/protocol/limits.js";
import { FrameReader } from "../../build/src/transport/http2/frame-reader.js";
import { executeFrame, splitter } from "../frames.mjs";
import { report, time } from "./time.mjs";

const messages = 64;
const pieceBytes = 1_000;
const chunk = Buffer.concat(Array.from({ length: messages }, (_, slot) => executeFrame(slot)));
const pieces = [];
for (let at = 0; at < chunk.length; at += pieceBytes) pieces.push(chunk.subarray(at, at + pieceBytes));

const take = () => true;
const taker = { take };
const reader = new FrameReader(defaultMaxMessageBytes);
const bare = splitter(take);
const perMessage = ({ ns, ...rest }) => ({ ...rest, ns: ns / messages });

report([
  perMessage(time("cut a message out of a whole chunk, lean", () => reader.push(chunk, taker))),
  perMessage(time("cut a message out of a whole chunk, bare", () => bare(chunk))),
  perMessage(
    time("cut a message out of pieces of 1,000 bytes, lean", () => {
      for (const piece of pieces) reader.push(piece, taker);
    }),
  ),
  perMessage(
    time("cut a message out of pieces of 1,000 bytes, bare", () => {
      for (const piece of pieces) bare(piece);
    }),
  ),
]);
