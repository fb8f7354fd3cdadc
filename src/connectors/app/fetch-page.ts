/** A page from a web-standard handler: the page request as a `Request`, and its `Response` as a page. */
import { nodeHttp } from "../../late-modules.js";
import type { PagePayload } from "../../protocol/pages.js";
import type { RequestContext } from "../connector.js";
import { pageOf, tooLargePage } from "./page.js";
import type { PageRequest } from "./page-request.js";

/** Answers page requests; `undefined` where there is no such page. */
export type AppFetch = (
  request: Request,
  context: RequestContext,
) => Response | undefined | Promise<Response | undefined>;

/** They are about one hop, or said otherwise in a page. */
const notCarried = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-authenticate",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const withoutBody = new Set([204, 205, 304]);

/** A handler's answer that cannot be a page; its words are the author's to read. */
export class UnusableResponse extends Error {}

/**
 * All of them, the type of the content among them. Throws UnusableResponse for a value that would begin a header of its
 * own, and for what one value cannot say.
 */
function headersOf({ headers }: Response): Record<string, string> {
  const carried: [string, string][] = [];
  for (const [name, value] of headers) if (!notCarried.has(name)) carried.push([name, value]);
  const cookies = headers.getSetCookie();
  if (cookies.length > 1)
    throw new UnusableResponse(
      `the response has ${cookies.length} Set-Cookie headers, and a page carries one value a name: set one cookie`,
    );
  if (cookies[0] !== undefined) carried.push(["set-cookie", cookies[0]]);
  for (const [name, value] of carried)
    try {
      nodeHttp().validateHeaderName(name);
      nodeHttp().validateHeaderValue(name, value);
    } catch {
      throw new UnusableResponse(
        "the response has a header with a line break or another character that none can have",
      );
    }
  return Object.fromEntries(carried);
}

/** Undefined when there is more than `most`; what comes after that is not waited for. */
async function bytesOf(
  { body }: Response,
  most: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  if (!body) return new Uint8Array();
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(chunks);
      if (!(value instanceof Uint8Array)) throw new UnusableResponse("the response's body must be of bytes");
      size += value.length;
      if (size > most) {
        stop();
        return undefined;
      }
      chunks.push(value);
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

const isResponse = (value: unknown): value is Response =>
  value instanceof Response || Object.prototype.toString.call(value) === "[object Response]";

function requestOf({ url, method, headers, body }: PageRequest, signal: AbortSignal): Request {
  const isBare = body === undefined || method === "GET" || method === "HEAD";
  return new Request(url, { method, headers, signal, ...(isBare ? {} : { body }) });
}

/** Undefined when the handler has no such page. Throws UnusableResponse, and what the handler throws. */
export async function fetchedPage(
  fetch: AppFetch,
  request: PageRequest,
  context: RequestContext,
  room: number,
): Promise<PagePayload | undefined> {
  const response: unknown = await fetch(requestOf(request, context.signal), context);
  if (response === undefined || response === null) return undefined;
  if (!isResponse(response)) throw new UnusableResponse("fetch must return a Response, or undefined for 404");
  const { status } = response;
  if (status < 200 || status > 599)
    throw new UnusableResponse(`the response has the status ${status}, which no page can have`);
  const { "content-type": contentType = "application/octet-stream", ...headers } = headersOf(response);
  const isEmpty = request.method === "HEAD" || withoutBody.has(status);
  if (isEmpty) void response.body?.cancel().catch(() => {});
  const bytes = isEmpty ? new Uint8Array() : await bytesOf(response, room, context.signal);
  if (!bytes) return tooLargePage(undefined, room);
  return pageOf(bytes, { contentType, status, headers });
}
