/** The body of a request, up to a limit. */
import type { IncomingMessage } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { ApiError } from "./api-error.js";

const tooLarge = (bytes: string, limit: number): ApiError =>
  new ApiError(413, "TOO_LARGE", `The body of ${bytes} bytes is above ${limit} bytes: send less at once.`);

/** Throws ApiError 413 above the limit. The connection stays, so that the client gets to read that. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const announced = Number(request.headers["content-length"]);
  if (announced > maxBytes) throw tooLarge(String(announced), maxBytes);
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(`at least ${size}`, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function hasBody(request: IncomingMessage & { readonly stream?: ServerHttp2Stream }): boolean {
  const { headers, stream } = request;
  const length = headers["content-length"];
  if (length !== undefined) return Number(length) !== 0;
  return stream ? !stream.endAfterHeaders : headers["transfer-encoding"] !== undefined;
}

/**
 * Throws ApiError 415 for a body that is not said to be JSON. A web page can send any other kind to another origin
 * without asking first.
 */
export function refuseOtherThanJson(request: IncomingMessage): void {
  if (!hasBody(request)) return;
  const [type = ""] = (request.headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() === "application/json") return;
  throw new ApiError(
    415,
    "INVALID_CONTENT_TYPE",
    'Send Content-Type: application/json; with curl: -H "content-type: application/json".',
  );
}
