/**
 * Takes messages beyond the limit out of what a grpc-js call decodes, as they come. grpc-js hands out whole messages
 * only, and ends a call for one beyond its limit; its decoder is no part of its API, so it is looked for, and where
 * it is not found the call is as grpc-js makes it.
 */
import type { FrameFilter } from "../../protocol/frame-filter.js";

interface Decoder {
  /** 0: between two messages. */
  readonly readState: number;
  write(data: Buffer): Buffer[];
}

type Members = Readonly<Record<string, unknown>>;

/** The members by which a call has the one below it. */
const below = ["call", "child", "nextCall", "underlyingCalls", "0"];
const deepest = 9;

const isObject = (value: unknown): value is Members => typeof value === "object" && value !== null;

const isDecoder = (value: unknown): value is Decoder =>
  isObject(value) && typeof value.write === "function" && typeof value.readState === "number";

function decoderOf(call: unknown, depth = 0): Decoder | undefined {
  if (!isObject(call) || depth > deepest) return undefined;
  if (isDecoder(call.decoder)) return call.decoder;
  for (const name of below) {
    const found = decoderOf(call[name], depth + 1);
    if (found) return found;
  }
  return undefined;
}

/** Returns false when the call has no decoder yet, or is within a message. */
export function filterBefore(call: unknown, filter: FrameFilter): boolean {
  const decoder = decoderOf(call);
  if (decoder?.readState !== 0) return false;
  const write = decoder.write.bind(decoder);
  decoder.write = (data) => filter.pass(data).flatMap((part) => write(part));
  return true;
}
