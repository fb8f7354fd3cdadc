/**
 * How a Connect stream ended: from what reading it threw, and from what its HTTP/2 stream saw, to a
 * `StreamEnding`. Connect folds header fields, resets and its own faults into one error; the HTTP/2 stream tells
 * them apart.
 */
import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import type { FlagFault } from "../../protocol/frame-flags.js";
import { abortedByUs } from "../failure-table.js";
import {
  brokenFrame,
  foreignAnswer,
  lostEnding,
  tooLargeToSend,
  trailersEnding,
} from "../http2/call-ending.js";
import type { LinkFailure, StreamEnding } from "../transport.js";

/** What comes on an HTTP/2 stream besides data. */
export class WireFacts {
  /** Response headers, or trailers when there was nothing else. */
  answer: IncomingHttpHeaders | undefined;
  trailers: IncomingHttpHeaders | undefined;
  /** Why the answer is none of a gRPC server. */
  foreign: StreamEnding | undefined;
  error: Error | undefined;
  resetCode = 0;
  /** The peer's half is over, or the stream. */
  over = false;

  /** `closed` is called when the stream is over for both sides. */
  watch(http2: ClientHttp2Stream, closed: () => void): void {
    http2.on("response", (headers) => {
      this.answer = headers;
      if ("grpc-status" in headers) this.trailers = headers;
      else this.foreign = foreignAnswer(headers);
    });
    http2.on("trailers", (headers) => {
      this.trailers = headers;
    });
    http2.on("end", () => {
      this.over = true;
    });
    http2.on("error", (error) => {
      this.error = error;
      this.over = true;
    });
    http2.on("close", () => {
      this.resetCode = http2.rstCode ?? 0;
      this.over = true;
      closed();
    });
  }
}

export interface EndingFacts {
  /** What reading threw; undefined for a clean end. */
  readonly error: unknown;
  /** What came was no frame, and nothing was read from there. */
  readonly fault: FlagFault | undefined;
  /** As they were when it threw. */
  readonly wire: WireFacts;
  /** We had half-closed before. */
  readonly finished: boolean;
  /** We had sent a message that may be beyond the limit. */
  readonly sentLarge: boolean;
  /** Why the connection is over, when it is. */
  readonly channelFailure: LinkFailure | undefined;
}

/** How a stream ended that we did not abort. */
export function streamEnding({
  error,
  fault,
  wire,
  finished,
  sentLarge,
  channelFailure,
}: EndingFacts): StreamEnding {
  const { answer, trailers } = wire;
  if (wire.foreign) return wire.foreign;
  if (fault) return brokenFrame(fault);
  const carried = trailers && trailersEnding(trailers, finished);
  // Nothing came but header fields, and their status is none.
  if (trailers !== undefined && trailers === answer && !carried)
    return lostEnding(wire.error, wire.resetCode, channelFailure);
  if (carried && (carried.failure.cause !== "server-closed" || error === undefined)) return carried;
  if (channelFailure?.cause === "outbound-closed") return abortedByUs;
  if (error instanceof ConnectError && error.code === Code.ResourceExhausted)
    return sentLarge ? tooLargeToSend : brokenFrame("too-large");
  // Connect makes every error of the wire one of its own: others come from our side of the reading.
  if (error !== undefined && !(error instanceof ConnectError))
    return { by: "local", failure: { cause: "internal" } };
  // Clean for HTTP/2 but not for Connect, or thrown before the peer had ended: a message that is none.
  if (carried || (answer && !wire.over)) return brokenFrame("undecodable");
  return lostEnding(wire.error, wire.resetCode, channelFailure);
}
