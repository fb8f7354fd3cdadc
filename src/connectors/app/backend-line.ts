/** One relayed WebSocket between its page and the author's server: frames in order, and no faster than either takes them. */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import { codeOf, MooringError } from "../../errors.js";
import { closeCodes, frameWeight, isSendableCode, shortReason } from "../../protocol/relay-frames.js";
import { onFrames, writeFrame } from "../../protocol/relayed-web-socket.js";
import { withResolvers } from "../../with-resolvers.js";
import type { RelayClose, RelayFrame, RelayHandler, RelaySocket } from "../relay.js";

/** Bytes that may wait for the server before the page is held up, and for the page before the server is not read. */
const highWaterBytes = 64 * 1024;

const refused = (why: string): MooringError =>
  new MooringError("INVOKE_FAILED", `The app's server did not take the WebSocket: ${why}.`);

/** How the page learns of the server's end: some codes say what no side may send. */
function closeForPage(code: number, reason: string): RelayClose {
  if (code === closeCodes.none) return { code: closeCodes.normal, reason };
  return isSendableCode(code)
    ? { code, reason }
    : { code: closeCodes.failed, reason: "the app's server is gone" };
}

export class BackendLine implements RelayHandler {
  readonly #server: WebSocket;
  readonly #page: RelaySocket;
  readonly #taken = withResolvers<RelayHandler>();
  /** From the server, oldest first; the close comes last. */
  #waiting: (RelayFrame | RelayClose)[] = [];
  /** What of that is frames, in bytes. */
  #waitingBytes = 0;
  /** `opening`: the server has not accepted, and its end is a refusal; `sending`: the page has a frame. */
  #toPage: "opening" | "idle" | "sending" | "over" = "opening";

  constructor(server: WebSocket, page: RelaySocket) {
    this.#server = server;
    this.#page = page;
    server.on("open", () => this.#opened());
    server.on("unexpected-response", (request, response) => this.#refused(request, response));
    // After an error comes the close.
    server.on("error", (error) => this.#taken.reject(refused(wordsOf(error))));
    onFrames(server, (frame) => this.#take(frame));
    server.on("close", (code, reason) => this.#take(closeForPage(code, String(reason))));
    page.closed.addEventListener("abort", () => this.#pageLeft(), { once: true });
  }

  /** Resolves when the server has accepted. */
  get taken(): Promise<RelayHandler> {
    return this.#taken.promise;
  }

  frame(frame: RelayFrame): void | Promise<void> {
    const server = this.#server;
    // It has ended, and the page is being told.
    if (server.readyState !== server.OPEN) return undefined;
    const { promise, resolve } = withResolvers<void>();
    // What cannot be written ends the connection, and that comes by itself.
    writeFrame(server, frame, resolve);
    return server.bufferedAmount > highWaterBytes ? promise : undefined;
  }

  closed({ code, reason }: RelayClose): void {
    const server = this.#server;
    this.#stop();
    if (code === closeCodes.none) return server.close();
    server.close(isSendableCode(code) ? code : closeCodes.goingAway, shortReason(reason));
  }

  #opened(): void {
    this.#toPage = "idle";
    this.#taken.resolve(this);
  }

  #refused(request: ClientRequest, response: IncomingMessage): void {
    this.#taken.reject(refused(`it answered with HTTP ${response.statusCode}`));
    request.destroy();
  }

  #take(item: RelayFrame | RelayClose): void {
    if (this.#toPage === "opening" || this.#toPage === "over") return;
    this.#waiting.push(item);
    if ("type" in item) this.#waitingBytes += frameWeight(item);
    if (this.#toPage === "idle") void this.#send();
    // Only then: to stop and start reading for each frame costs more than the frame.
    else if (this.#waitingBytes > highWaterBytes) this.#server.pause();
  }

  #next(): RelayFrame | RelayClose | undefined {
    const item = this.#waiting.shift();
    if (item && "type" in item) this.#waitingBytes -= frameWeight(item);
    return item;
  }

  async #send(): Promise<void> {
    this.#toPage = "sending";
    try {
      for (let item = this.#next(); item; item = this.#next()) {
        if ("type" in item) await this.#page.send(item);
        else this.#end(item);
      }
    } catch (error) {
      this.#sendFailed(error);
    }
    if (this.#isOver) return;
    this.#toPage = "idle";
    if (this.#server.isPaused) this.#server.resume();
  }

  /** Narrowing forgets that the state may change while something is awaited. */
  get #isOver(): boolean {
    return this.#toPage === "over";
  }

  #sendFailed(error: unknown): void {
    const isTooLong = error instanceof MooringError && error.code === "MESSAGE_TOO_LARGE";
    const close = isTooLong
      ? { code: closeCodes.tooLong, reason: "a frame of the app's server is above maxMessageBytes" }
      : { code: closeCodes.failed, reason: "the frame could not be sent" };
    this.#end(close);
    this.#server.close(close.code, close.reason);
  }

  #end({ code, reason }: RelayClose): void {
    this.#stop();
    this.#page.close(code, reason);
  }

  /** Nothing more goes to the page. What the server still has to say is read, its close among it. */
  #stop(): void {
    this.#toPage = "over";
    this.#waiting = [];
    this.#server.resume();
  }

  /** Whoever ended it: a server that is still asked has nobody to answer, and one that is open has learnt it, or does now. */
  #pageLeft(): void {
    const server = this.#server;
    if (server.readyState === server.CONNECTING) return server.terminate();
    this.#stop();
    queueMicrotask(() => {
      if (server.readyState === server.OPEN) server.close(closeCodes.goingAway);
    });
  }
}

/** The error's code, and no words of the server's. */
function wordsOf(error: Error): string {
  if (/handshake has timed out/.test(error.message)) return "it did not answer in time";
  const code = codeOf(error, "");
  return code ? `it cannot be reached (${code})` : "its answer was none of WebSocket";
}
