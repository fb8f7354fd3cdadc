/** What a call must have heard of the content that the peer sent for it. */
import { type FuzzedCall, maxMessageBytes, sumOf } from "./heard.js";
import type { PeerFrames, PeerStream } from "./peer-frames.js";

const headBytes = 5;

/** Throws unless what a raw call heard is the beginning of what came, in order; of one that is well, all of it. */
export function checkContent(call: FuzzedCall, peer: PeerFrames): void {
  if (call.bytes === 0) return;
  const { parts } = peer.of(call.id);
  let left = call.bytes;
  let sum = 0;
  for (let place = 0; place < parts.length && left > 0; place += 2) {
    const start = parts[place] as number;
    const end = Math.min(start + left, parts[place + 1] as number);
    sum = sumOf(peer.bytes, start, end, sum);
    left -= end - start;
  }
  if (left > 0 || sum !== call.sum) throw new Error("a call heard content that is not what came");
}

/** Throws when a call heard more messages than came, such as one of them twice. */
export function checkMessages(call: FuzzedCall, peer: PeerFrames): void {
  if (call.messages === 0) return;
  const came = messagesIn(peer.of(call.id), peer.bytes);
  if (call.messages > came) throw new Error(`a call heard ${call.messages} messages, and ${came} came`);
}

/** Those that are whole, or beyond the limit: these are told when their beginning has come. */
function messagesIn({ parts }: PeerStream, bytes: Buffer): number {
  const content: Buffer[] = [];
  for (let place = 0; place < parts.length; place += 2)
    content.push(bytes.subarray(parts[place], parts[place + 1]));
  const all = Buffer.concat(content);
  let messages = 0;
  for (let at = 0; at + headBytes <= all.length; ) {
    const length = all.readUInt32BE(at + 1);
    at += headBytes + length;
    if (at <= all.length || length > maxMessageBytes) messages += 1;
  }
  return messages;
}
