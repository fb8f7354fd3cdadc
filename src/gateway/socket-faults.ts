/** What a WebSocket does wrong on purpose with the next message that it carries. */
import type { Duplex } from "node:stream";
import { type FrameWriter, lobby, replyTo, unmatched } from "../protocol/phoenix-frames.js";
import type { FaultControls } from "./faults.js";

/** A socket as its faults need it. */
export interface FaultyLine {
  readonly writer: FrameWriter;
  /** What is below the WebSocket: bytes that are no frame go out there. */
  readonly raw: Duplex;
  say(text: string): void;
}

/** A frame of text from a server: unmasked, and whole. */
const frameStart = 0x81;

/** A length beyond what any client takes, and within what the form of frames allows. */
const beyondLimits = 2n ** 40n;

const elsewhere = "connector:elsewhere";

/** The beginning of a frame that has so many bytes. */
function headOf(bytes: bigint): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE((frameStart << 8) | 127);
  head.writeBigUInt64BE(bytes, 2);
  return head;
}

/** Does what is in force ahead of a message, or in place of it. False: the message does not go out any more. */
export function spoil(faults: FaultControls, { writer, raw, say }: FaultyLine, text: string): boolean {
  const { joinRef } = writer;
  if (faults.use("foreignTopic")) say(writer.event(elsewhere, "phx_error"));
  if (faults.use("phxError")) say(writer.event(lobby, "phx_error"));
  if (faults.use("phxClose")) say(writer.event(lobby, "phx_close"));
  if (faults.use("unmatchedTopic")) say(replyTo({ joinRef, ref: joinRef, topic: lobby }, unmatched));
  if (faults.use("oversizedFrame")) {
    raw.write(headOf(beyondLimits));
    return false;
  }
  if (!faults.use("halfFrame")) return true;
  const body = Buffer.from(text);
  const half = body.subarray(0, Math.floor(body.length / 2));
  raw.end(Buffer.concat([headOf(BigInt(body.length)), half]), () => raw.destroy());
  return false;
}
