/** A browser without a window: keeps cookies by path, follows redirects, and fills in forms of the pages it is shown. */
import { request } from "node:http";
import { connect } from "node:http2";

export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly html: string;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  readonly host: string;
}

const attribute = (line: string, name: string) => new RegExp(`;\\s*${name}=([^;]*)`, "i").exec(line)?.[1];

const unescaped = (text: string) =>
  text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&amp;", "&");

export class Browser {
  #cookies: Cookie[] = [];
  readonly #ca: string | undefined;
  /** Every address it was sent to, in order. */
  readonly visited: URL[] = [];

  /** `ca`: the authority it trusts. */
  constructor(ca?: string) {
    this.#ca = ca;
  }

  /** Opens an address and follows redirects, unless they lead to `stopAt`. */
  async open(address: string | URL, stopAt?: string): Promise<Page> {
    return this.#follow(await this.#send(new URL(address), "GET"), stopAt);
  }

  /** Sends the page's form with its hidden fields, as if the named button was pressed. */
  async submit(
    page: Page,
    fields: Readonly<Record<string, string>>,
    options: { readonly stopAt?: string; readonly headers?: Record<string, string> } = {},
  ): Promise<Page> {
    const form = new URLSearchParams();
    for (const [, tag = ""] of page.html.matchAll(/<input([^>]*)>/g)) {
      const [, name] = /\bname="([^"]*)"/.exec(tag) ?? [];
      const [, value = ""] = /\bvalue="([^"]*)"/.exec(tag) ?? [];
      if (name) form.set(name, unescaped(value));
    }
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const [, action] = /<form[^>]*\baction="([^"]*)"/.exec(page.html) ?? [];
    const target = new URL(action ? unescaped(action) : page.url, page.url);
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      origin: page.url.origin,
      ...options.headers,
    };
    return this.#follow(await this.#send(target, "POST", form.toString(), headers), options.stopAt);
  }

  async #follow(page: Page, stopAt: string | undefined): Promise<Page> {
    const { location } = page.headers;
    if (page.status < 300 || page.status >= 400 || typeof location !== "string") return page;
    const next = new URL(location, page.url);
    if (stopAt !== undefined && next.href.startsWith(stopAt)) return { ...page, url: next };
    return this.#follow(await this.#send(next, "GET"), stopAt);
  }

  #send(url: URL, method: string, body = "", headers: Record<string, string> = {}): Promise<Page> {
    this.visited.push(url);
    const cookie = this.#cookies
      .filter((one) => one.host === url.host && url.pathname.startsWith(one.path))
      .map((one) => `${one.name}=${one.value}`)
      .join("; ");
    const sent = cookie ? { ...headers, cookie } : headers;
    return url.protocol === "https:"
      ? this.#sendHttp2(url, method, body, sent)
      : this.#sendHttp1(url, method, body, sent);
  }

  #sendHttp1(url: URL, method: string, body: string, headers: Record<string, string>): Promise<Page> {
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { method, headers, agent: false });
      outgoing.on("error", reject);
      outgoing.on("response", (response) => {
        let html = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          html += chunk;
        });
        response.on("error", reject);
        response.on("end", () =>
          resolve(this.#arrived({ url, status: response.statusCode ?? 0, headers: response.headers, html })),
        );
      });
      outgoing.end(body);
    });
  }

  /** As browsers do wherever TLS offers it. */
  #sendHttp2(url: URL, method: string, body: string, headers: Record<string, string>): Promise<Page> {
    return new Promise((resolve, reject) => {
      const session = connect(url.origin, this.#ca === undefined ? {} : { ca: this.#ca });
      session.on("error", reject);
      const stream = session.request({ ":method": method, ":path": url.pathname + url.search, ...headers });
      let page: Page = { url, status: 0, headers: {}, html: "" };
      stream.setEncoding("utf8");
      stream.on("error", reject);
      stream.on("response", ({ ":status": status = 0, ...others }) => {
        page = { ...page, status, headers: others };
      });
      stream.on("data", (chunk: string) => {
        page = { ...page, html: page.html + chunk };
      });
      stream.on("end", () => {
        session.close();
        resolve(this.#arrived(page));
      });
      if (method !== "GET") stream.end(body);
    });
  }

  #arrived(page: Page): Page {
    const cookies = page.headers["set-cookie"];
    for (const line of Array.isArray(cookies) ? cookies : []) this.#keep(line, page.url);
    return page;
  }

  #keep(line: string, url: URL): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = attribute(line, "path") ?? "/";
    this.#cookies = this.#cookies.filter(
      (one) => one.name !== name || one.path !== path || one.host !== url.host,
    );
    if (value !== "") this.#cookies.push({ name, value, path, host: url.host });
  }
}
