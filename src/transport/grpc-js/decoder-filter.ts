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

/** What has a decoder: the call's HTTP/2 stream, as grpc-js has it. */
interface Carrier {
  readonly decoder: Decoder;
  readonly httpStatusCode?: unknown;
}

const isCarrier = (value: Members): value is Members & Carrier => isDecoder(value.decoder);

function carrierOf(call: unknown, depth = 0): Carrier | undefined {
  if (!isObject(call) || depth > deepest) return undefined;
  if (isCarrier(call)) return call;
  for (const name of below) {
    const found = carrierOf(call[name], depth + 1);
    if (found) return found;
  }
  return undefined;
}

/** The status of HTTP that a call was answered with, which grpc-js tells only when the call is over. */
export function httpStatusOf(call: unknown): number | undefined {
  const status = carrierOf(call)?.httpStatusCode;
  return typeof status === "number" ? status : undefined;
}

/** A frame whose message does not decode: it comes after all messages before it, as a fault of grpc-js's own does not. */
const undecodable = Buffer.from([0, 0, 0, 0, 1, 0xff]);

/** Returns false when the call has no decoder yet, or is within a message. */
export function filterBefore(call: unknown, filter: FrameFilter): boolean {
  const decoder = carrierOf(call)?.decoder;
  if (decoder?.readState !== 0) return false;
  const write = decoder.write.bind(decoder);
  decoder.write = (data) => {
    if (filter.fault) return [];
    const messages = filter.pass(data).flatMap((part) => write(part));
    return filter.fault ? [...messages, undecodable] : messages;
  };
  return true;
}
