/** A time limit for the body of a request over HTTP/2, for which Node has none: whoever reads it, or nobody. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { resetStream } from "../http2/ending.js";
import { ApiError } from "./api-error.js";
import type { SayProblem } from "./http-server.js";

/**
 * Answers 408 to a client that has not sent all of its body in time, unless it has its answer, and closes the stream:
 * what was read of the body is kept no longer.
 */
export function limitBody(
  request: IncomingMessage & { readonly stream?: ServerHttp2Stream },
  response: ServerResponse,
  limitMs: number,
  say: SayProblem,
): void {
  const { stream } = request;
  // HTTP/1 has its limit in `requestTimeout`.
  if (request.httpVersionMajor < 2 || !stream || stream.endAfterHeaders) return;
  const late = setTimeout(() => {
    if (stream.destroyed) return;
    const close = () => resetStream(stream);
    if (response.headersSent) return close();
    stream.once("finish", close);
    const words = `The body was not sent within ${limitMs} ms: send all of it, and end it.`;
    say(response, new ApiError(408, "REQUEST_TIMEOUT", words));
  }, limitMs);
  late.unref();
  const over = () => clearTimeout(late);
  request.once("end", over);
  stream.once("close", over);
}
