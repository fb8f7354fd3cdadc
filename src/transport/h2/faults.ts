/** What a peer does that HTTP/2 does not allow (RFC 9113, section 5.4): with the code that it is told, and in words. */
import type { Http2CodeName } from "../http2/codes.js";
import { look } from "../loss.js";
import type { LinkFailure, StreamEnding } from "../transport.js";

abstract class Fault extends Error {
  /** What the peer is told. */
  readonly code: Http2CodeName;

  /** `words` say what was wrong, to be read after "the peer broke HTTP/2:". */
  constructor(code: Http2CodeName, words: string) {
    super(words);
    this.code = code;
  }
}

/** The connection cannot go on: GOAWAY, and the end of all its streams. */
export class ConnectionFault extends Fault {
  override readonly name = "ConnectionFault";
}

/** One stream cannot go on: RST_STREAM; the others do not notice. */
export class StreamFault extends Fault {
  override readonly name = "StreamFault";
}

const causeOf = (code: Http2CodeName) =>
  code === "ENHANCE_YOUR_CALM" ? ("connection-lost" as const) : ("wrong-protocol" as const);

/** What streams of a connection are told that was given up for a fault. */
export const connectionFailure = ({ code, message }: ConnectionFault): LinkFailure => ({
  cause: causeOf(code),
  code,
  detail: `The gateway, or a proxy between, broke HTTP/2, and the connection was ended with ${code}: ${message}. ${look}`,
});

/** What a stream is told that was reset for a fault. */
export const streamEnding = ({ code, message }: StreamFault): StreamEnding => ({
  by: "link",
  failure: {
    cause: causeOf(code),
    code,
    detail: `The gateway, or a proxy between, broke HTTP/2, and the stream was reset with ${code}: ${message}. ${look}`,
  },
});
