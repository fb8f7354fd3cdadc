/** What a page request asks for. Its payload has a path and parameters; what a gateway says beyond them counts, too. */
import { isObject } from "../../is-object.js";
import { isTexts } from "../../protocol/pages.js";
import type { ConnectorRequest } from "../connector.js";

/** Nobody resolves it: handlers see paths and queries below it. */
const origin = "http://app.local";

export interface PageRequest {
  /** As it came, without its query. */
  readonly path: string;
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

class Unreadable extends Error {}

/** Whether the payload is one of a page request, sound or not. */
export function isPageRequest(request: ConnectorRequest): boolean {
  if (request.capabilityId !== undefined) return false;
  try {
    const payload = request.json();
    return isObject(payload) && Object.hasOwn(payload, "path");
  } catch {
    return false;
  }
}

function payloadOf(request: ConnectorRequest): Record<string, unknown> {
  if (request.capabilityId !== undefined)
    throw new Unreadable("An app has no capabilities: leave capability_id out.");
  let payload: unknown;
  try {
    payload = request.json();
  } catch {
    throw new Unreadable("The request's payload cannot be read: send JSON.");
  }
  if (isObject(payload)) return payload;
  throw new Unreadable('The request\'s payload must be an object with "path".');
}

function headersOf({ headers = {} }: Record<string, unknown>): Headers {
  if (!isTexts(headers)) throw new Unreadable('"headers" must be an object of texts.');
  try {
    return new Headers(headers);
  } catch {
    throw new Unreadable('"headers" has a name or a value that no header can have.');
  }
}

function bodyOf({ body, encoding }: Record<string, unknown>): PageRequest["body"] {
  if (body === undefined || body === null) return undefined;
  if (typeof body !== "string") throw new Unreadable('"body" must be a text.');
  return encoding === "base64" ? new Uint8Array(Buffer.from(body, "base64")) : body;
}

function read(request: ConnectorRequest): PageRequest {
  const payload = payloadOf(request);
  const { path, params = {}, method = "GET" } = payload;
  if (typeof path !== "string") throw new Unreadable('"path" must be a text, such as "/".');
  if (!isTexts(params ?? {})) throw new Unreadable('"params" must be an object of texts.');
  if (typeof method !== "string" || !/^[A-Za-z]{1,32}$/.test(method))
    throw new Unreadable('"method" must be a method of HTTP.');
  const whole = path.startsWith("/") ? path : `/${path}`;
  const url = new URL(origin + whole);
  for (const [name, value] of Object.entries(params ?? {})) url.searchParams.append(name, value);
  return {
    path: /^[^?#]*/.exec(whole)?.[0] ?? "/",
    url,
    method: method.toUpperCase(),
    headers: headersOf(payload),
    body: bodyOf(payload),
  };
}

/** The request, or in words what is wrong with it. */
export function pageRequestOf(request: ConnectorRequest): PageRequest | { readonly problem: string } {
  try {
    return read(request);
  } catch (error) {
    if (error instanceof Unreadable) return { problem: error.message };
    return { problem: '"path" must be the path of a page, such as "/".' };
  }
}
