/**
 * A runtime's inspector, read on this side and passed on: the page asks nobody but its own server, and has no token of
 * the inspector's. Only reading, only loopback, and only what no browser runs; to say of whom one wants to read belongs
 * to that.
 */
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { isLoopbackHost } from "../network/loopback.js";
import { ApiError } from "../serving/api-error.js";
import { securityHeaders } from "../serving/page-headers.js";
import type { ShownInspector } from "./told.js";

/** How long it may take to begin its answer, in ms. */
const answerLimitMs = 5_000;

/** How long a page waits before it asks again for what cannot be had, in ms. */
const retryMs = 1_000;

const passedTypes = ["text/event-stream", "application/json"];

/** Why an inspector cannot have this address; undefined for one that it can have. */
export function addressFault(address: string): string | undefined {
  const wanted = "give it as mooring run --inspect prints it: http://127.0.0.1:PORT/?token=…";
  if (!URL.canParse(address)) return `The inspector's address is no address: ${wanted}.`;
  const { protocol, hostname, searchParams } = new URL(address);
  if (protocol !== "http:" || !isLoopbackHost(hostname))
    return `The inspector's address must be http on this machine: ${wanted}.`;
  return searchParams.get("token") ? undefined : `The inspector's address has no token: ${wanted}.`;
}

export class Relay {
  readonly #changed: () => void;
  readonly #open = new Set<IncomingMessage>();
  #address: URL | undefined;
  #state: ShownInspector["state"] = "none";

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get shown(): ShownInspector {
    return { state: this.#state, address: this.#address?.origin ?? "" };
  }

  /** From now on, whether it answers or not; its state says so. */
  show(address: string): void {
    this.#take(new URL(address));
    this.#ask("/status", "").then(
      (answer) => answer.resume(),
      () => {},
    );
  }

  /** If it answers; or else rejects with ApiError 502, and what was shown before is shown on. */
  async tryToShow(address: string): Promise<void> {
    const wanted = new URL(address);
    (await this.#ask("/status", "", wanted)).resume();
    this.#take(wanted);
    this.#be("live");
  }

  none(): void {
    this.#letGo();
    this.#address = undefined;
    this.#be("none");
  }

  /** Answers with what the inspector answers. */
  async pass(target: URL, response: ServerResponse): Promise<void> {
    let answer: IncomingMessage;
    try {
      answer = await this.#ask(target.pathname, target.search);
    } catch (error) {
      // A browser gives up a stream of events whose answer is an error.
      if (target.pathname !== "/events") throw error;
      const headers = { ...securityHeaders, "content-type": "text/event-stream" };
      return void response.writeHead(200, headers).end(`retry: ${retryMs}\n\n`);
    }
    // The page may have left while the inspector was asked.
    if (response.destroyed) return void answer.destroy();
    this.#open.add(answer);
    const over = () => {
      this.#open.delete(answer);
      answer.destroy();
      response.end();
    };
    answer.once("close", over).once("error", over);
    response.once("close", over);
    const type = answer.headers["content-type"] ?? "";
    response.writeHead(200, { ...securityHeaders, "content-type": type });
    response.flushHeaders();
    answer.pipe(response);
  }

  /** Passes on of whom every step is wanted. */
  async look({ search }: URL, response: ServerResponse): Promise<void> {
    (await this.#ask("/look", search, this.#address, "POST")).resume();
    response.writeHead(204, securityHeaders).end();
  }

  close(): void {
    this.#letGo();
  }

  #take(address: URL): void {
    this.#letGo();
    this.#address = address;
    this.#be("lost");
  }

  #ask(pathname: string, search: string, address = this.#address, method = "GET"): Promise<IncomingMessage> {
    if (!address) throw new ApiError(404, "NO_INSPECTOR", "No runtime's inspector is shown.");
    const url = new URL(pathname + search, address.origin);
    url.searchParams.set("token", address.searchParams.get("token") ?? "");
    const refused = (why: string) => new ApiError(502, "NO_INSPECTOR", `The inspector ${why}.`);
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        if (address === this.#address) this.#be("lost");
        reject(refused(why));
      };
      const asked = request(url, { agent: false, method }, (answer) => {
        asked.setTimeout(0);
        const [type = ""] = (answer.headers["content-type"] ?? "").split(";");
        const isPassed = answer.statusCode === (method === "GET" ? 200 : 204);
        if (isPassed && (method !== "GET" || passedTypes.includes(type))) {
          if (address === this.#address) this.#be("live");
          return resolve(answer);
        }
        answer.destroy();
        // One page that is not there says nothing of the others.
        if (answer.statusCode === 404) return reject(refused("has no such page"));
        fail(answer.statusCode === 403 ? "refuses this token" : "answers as none does");
      });
      asked.setTimeout(answerLimitMs, () => asked.destroy(new Error("does not answer")));
      asked.once("error", () => fail("does not answer")).end();
    });
  }

  #letGo(): void {
    for (const answer of this.#open) answer.destroy();
    this.#open.clear();
  }

  #be(state: ShownInspector["state"]): void {
    this.#state = state;
    this.#changed();
  }
}
