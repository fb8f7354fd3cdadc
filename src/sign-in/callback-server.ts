/**
 * Waits on loopback for the browser to come back. Each visit is judged first and answered last: a visit that does
 * not belong to this sign-in is turned away and changes nothing, so that nobody else can end it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startListening } from "../network/listening.js";
import { isLoopbackHost } from "../network/loopback.js";
import { ApiError } from "../serving/api-error.js";
import { refuseForeignPage } from "../serving/foreign-page.js";
import { type Answer, answering, closeServer, httpServer } from "../serving/http-server.js";
import { targetOf } from "../serving/request-target.js";
import { SignInError } from "./errors.js";

/** What a visit was judged to be. A rejection of the judge ends the sign-in with that error. */
export type Verdict<T> = { readonly foreign: true } | { readonly foreign: false; readonly value: T };

export interface CallbackServer {
  readonly redirectUri: string;
  /** The value of the first visit that belongs here. Rejects with the judge's error, or TIMEOUT. */
  wait<T>(judge: (visit: URL) => Promise<Verdict<T>>, timeoutMs: number, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

const path = "/callback";

function answer(response: ServerResponse, status: number, title: string, words: string): Promise<void> {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${words}</p></html>\n`;
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    connection: "close",
  });
  return new Promise((resolve) => {
    if (response.destroyed) resolve(); // the visitor has left before the answer
    response.once("close", resolve);
    response.end(html);
  });
}

const notHere = (status: number) => new ApiError(status, "NOT_HERE", "This address is for one sign-in only.");

const sayProblem = (response: ServerResponse, { status, message }: ApiError) =>
  void answer(response, status, "Not here", message);

/** Who answers visits: whoever waits now. */
interface Door {
  visit: Answer;
}

const closed: Answer = () => {
  throw notHere(404);
};

class Waiting<T> {
  readonly #judge: (visit: URL) => Promise<Verdict<T>>;
  readonly #redirectUri: URL;
  readonly #done: (outcome: { readonly value: T } | { readonly error: unknown }) => void;
  #taken = false;

  constructor(
    redirectUri: URL,
    judge: (visit: URL) => Promise<Verdict<T>>,
    done: (outcome: { readonly value: T } | { readonly error: unknown }) => void,
  ) {
    this.#redirectUri = redirectUri;
    this.#judge = judge;
    this.#done = done;
  }

  async visit(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host } = this.#redirectUri;
    const target = targetOf(request);
    // The browser is sent here by the gateway's page; what another page fetches is not a sign-in.
    refuseForeignPage({ request, target, isKnownHost: isLoopbackHost, opensFromElsewhere: true });
    // Another name for this address would let a foreign page read the answer.
    if (request.headers.host !== host) throw notHere(400);
    if (request.method !== "GET" || target.pathname !== path) throw notHere(404);
    const url = new URL(path + target.search, this.#redirectUri);
    if (this.#taken) {
      await answer(response, 409, "Already done", "This sign-in has had its answer.");
      return;
    }
    await this.#take(url, response);
  }

  async #take(url: URL, response: ServerResponse): Promise<void> {
    this.#taken = true;
    try {
      const verdict = await this.#judge(url);
      if (verdict.foreign) {
        this.#taken = false;
        await answer(response, 400, "Not this sign-in", "This answer belongs to another sign-in.");
        return;
      }
      await answer(response, 200, "Signed in", "You can close this window and return to the terminal.");
      this.#done({ value: verdict.value });
    } catch (error) {
      await answer(response, 400, "Not signed in", "The terminal says why. You can close this window.");
      this.#done({ error });
    }
  }
}

async function waitOn<T>(
  door: Door,
  redirectUri: string,
  judge: (visit: URL) => Promise<Verdict<T>>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  let stop = () => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      const late = new SignInError("TIMEOUT", `Nobody signed in within ${Math.round(timeoutMs / 1_000)} s.`);
      const timer = setTimeout(() => reject(late), timeoutMs);
      const abort = () => reject(new SignInError("TIMEOUT", "The sign-in was cancelled."));
      const waiting = new Waiting<T>(new URL(redirectUri), judge, (outcome) =>
        "error" in outcome ? reject(outcome.error) : resolve(outcome.value),
      );
      door.visit = (request, response) => waiting.visit(request, response);
      signal?.addEventListener("abort", abort, { once: true });
      stop = () => {
        clearTimeout(timer);
        door.visit = closed;
        signal?.removeEventListener("abort", abort);
      };
      if (signal?.aborted) abort();
    });
  } finally {
    stop();
  }
}

/** Listens on 127.0.0.1, on any free port. */
export async function startCallbackServer(): Promise<CallbackServer> {
  // A browser's spare connections and slow visitors are cut, so that none keeps the sign-in from ending.
  const limits = { requestTimeout: 10_000, headersTimeout: 5_000 };
  const door: Door = { visit: closed };
  const server = httpServer(
    answering((request, response) => door.visit(request, response), sayProblem),
    limits,
  );
  await startListening(server, { host: "127.0.0.1", port: 0, setting: "the port of the sign-in" });
  const { port } = server.address() as AddressInfo; // a listening TCP server has an AddressInfo
  const redirectUri = `http://127.0.0.1:${port}${path}`;
  return {
    redirectUri,
    wait: (judge, timeoutMs, signal) => waitOn(door, redirectUri, judge, timeoutMs, signal),
    close: () => closeServer(server),
  };
}
