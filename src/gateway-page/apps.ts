/**
 * Pages of apps, in a frame of the gateway's page: each request becomes a page request to the connector. A frame in a
 * sandbox has no origin and sends no cookie, so that what opens an app is its address: a token of its own stands in it.
 */
import { createHmac, randomBytes } from "node:crypto";
import {
  type IncomingMessage,
  type ServerResponse,
  validateHeaderName,
  validateHeaderValue,
} from "node:http";
import { textOf } from "../errors.js";
import type { Gateway } from "../gateway/gateway.js";
import { type PagePayload, pageIn, problemPage } from "../protocol/pages.js";
import { isSameSecret } from "../same-secret.js";
import { ApiError } from "../serving/api-error.js";
import { decodedPart } from "../serving/request-target.js";

/** Milliseconds for a page. */
const pageLimitMs = 30_000;

/** What decides how far a page of an app reaches is not the app's to say, and cookies have no place in a sandbox. */
const notPassed =
  /^(?:connection|content-(?:length|type|security-policy.*)|transfer-encoding|keep-alive|upgrade|trailer|te|set-cookie.*|access-control-.*|cross-origin-.*|cache-control|clear-site-data|strict-transport-security|report.*|refresh|service-worker-allowed|x-frame-options|proxy-.*)$/i;

export interface AppPlace {
  readonly key: string;
  /** With a slash before it, as it was asked for. */
  readonly path: string;
}

export class Apps {
  readonly #gateway: Gateway;
  readonly #secret = randomBytes(32);

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** Where its pages are; whoever knows it can open them, and nothing else. */
  pathOf(key: string): string {
    return `/app/${this.#token(key)}/${encodeURIComponent(key)}`;
  }

  /** Undefined for what is no address of an app. Throws ApiError 403 for a token that is not its. */
  placeOf({ pathname }: URL): AppPlace | undefined {
    const [, token = "", part = "", path = ""] = /^\/app\/([^/]+)\/([^/]+)(\/.*)$/.exec(pathname) ?? [];
    if (path === "") return undefined;
    const key = decodedPart(part);
    if (isSameSecret(token, this.#token(key))) return { key, path };
    throw new ApiError(403, "FORBIDDEN", "Open the app from the gateway's page.");
  }

  async answer(
    place: AppPlace,
    target: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new ApiError(
        405,
        "METHOD_NOT_ALLOWED",
        "A page request has no method: gateways of this protocol ask by GET only.",
      );
    const page = await this.#page(place, target);
    const { body, encoding, status } = page;
    const bytes = Buffer.from(body, encoding === "base64" ? "base64" : "utf8");
    response.writeHead(status, { ...passed(page), ...this.#own(place, request) });
    response.end(request.method === "HEAD" ? undefined : bytes);
  }

  #token(key: string): string {
    return createHmac("sha256", this.#secret).update(key).digest("hex").slice(0, 32);
  }

  async #page({ key, path }: AppPlace, { searchParams }: URL): Promise<PagePayload> {
    const payload = { path, params: Object.fromEntries(searchParams) };
    try {
      const answer = await this.#gateway.execute(key, { payload, timeoutMs: pageLimitMs });
      if (!answer.success) return problemPage(502, answer.error);
      return pageIn(answer.json()) ?? problemPage(502, "The connector's answer is no page.");
    } catch (error) {
      return problemPage(502, textOf(error));
    }
  }

  /** It reaches its own pages and WebSockets, and nothing else; only the gateway's page frames it. */
  #own({ key }: AppPlace, { headers }: IncomingMessage): Record<string, string> {
    const at = `${headers.host}${this.pathOf(key)}/`;
    const policy = [
      "sandbox allow-scripts allow-forms allow-modals allow-downloads",
      `default-src http://${at} data: blob: 'unsafe-inline' 'unsafe-eval'`,
      `connect-src http://${at} ws://${at}`,
      `form-action http://${at}`,
      `base-uri http://${at}`,
      "object-src 'none'",
      `frame-ancestors http://${headers.host}`,
    ];
    return {
      "content-security-policy": policy.join("; "),
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      // Without an origin of its own even its own scripts and fonts are another's.
      "access-control-allow-origin": "*",
    };
  }
}

function passed({ content_type, encoding, headers = {} }: PagePayload): Record<string, string> {
  const isBareText = encoding === "utf8" && /^text\/[^;]+$/.test(content_type);
  const all = { ...headers, "content-type": isBareText ? `${content_type}; charset=utf-8` : content_type };
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(all)) {
    if (name !== "content-type" && notPassed.test(name)) continue;
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      kept[name.toLowerCase()] = value;
    } catch {
      // A header that would be two.
    }
  }
  return kept;
}
