/** Where a request wants to go. Clients write anything there; `new URL` throws at some of it. */
import type { IncomingMessage } from "node:http";
import { ApiError } from "./api-error.js";

const refused = () =>
  new ApiError(
    400,
    "INVALID_TARGET",
    "The request's target must be a path that begins with / and is well formed.",
  );

/** The address of a request. Its host is `localhost`, unless the request names one in its first line. Throws ApiError 400. */
export function targetOf({ url = "" }: Pick<IncomingMessage, "url">): URL {
  const address = url.startsWith("/") ? `http://localhost${url}` : url;
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) throw refused();
  return new URL(address);
}

/** One part of a path without its percent encoding. Throws ApiError 400. */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refused();
  }
}
