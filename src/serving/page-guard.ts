/**
 * Lets nobody in to a page's server but who has its token: first in the link, then in a cookie that no script and no
 * other site can use.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isLoopbackHost } from "../network/loopback.js";
import { isSameSecret } from "../same-secret.js";
import { ApiError } from "./api-error.js";
import { refuseForeignPage } from "./foreign-page.js";

/** `page`: the token of the link opens the page, and no more. `all`: programs may give it with every request. */
export type LinkOpens = "page" | "all";

export class PageGuard {
  readonly #name: string;
  readonly #linkOpens: LinkOpens;
  readonly #token = randomBytes(16).toString("hex");
  #hosts: ReadonlySet<string> = new Set();
  /** Cookies know no ports: each server has a name of its own. */
  #cookie = "";

  /** `name`: of the cookie, before the port. */
  constructor(name: string, linkOpens: LinkOpens) {
    this.#name = name;
    this.#linkOpens = linkOpens;
  }

  /** Returns the address to open, with the token. */
  listensAt(port: number): string {
    this.#hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
    this.#cookie = `${this.#name}-${port}`;
    return `http://127.0.0.1:${port}/?token=${this.#token}`;
  }

  /** Throws ApiError 403. */
  refuseStrangers(request: IncomingMessage, target: URL): void {
    const isOpening = target.pathname === "/" && request.method === "GET";
    refuseForeignPage({
      request,
      target,
      isKnownHost: isLoopbackHost,
      opensFromElsewhere: isOpening,
    });
    const linked = isOpening || this.#linkOpens === "all" ? target.searchParams.get("token") : null;
    if (!this.namesUs(request) || !isSameSecret(linked ?? this.#held(request), this.#token))
      throw new ApiError(
        403,
        "FORBIDDEN",
        "Open the address that was printed, with its token. After a restart that is another: the new process has printed it.",
      );
  }

  /** Whether it names this server: a name that a page has pointed here (DNS rebinding) is none of its. */
  namesUs({ headers }: IncomingMessage): boolean {
    return this.#hosts.has(headers.host ?? "");
  }

  remember(response: ServerResponse): void {
    response.setHeader("set-cookie", `${this.#cookie}=${this.#token}; HttpOnly; SameSite=Strict; Path=/`);
  }

  #held({ headers }: IncomingMessage): string {
    const begin = `${this.#cookie}=`;
    const cookies = (headers.cookie ?? "").split(/;\s*/);
    return cookies.find((one) => one.startsWith(begin))?.slice(begin.length) ?? "";
  }
}
