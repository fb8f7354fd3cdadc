/**
 * A socket as a plain JavaScript stream, so that `node:http2` reads and writes it through JavaScript.
 *
 * On Node 20 an HTTP/2 session that reads a TLS socket natively dies with a segmentation fault (in
 * `Http2StreamListener::OnStreamRead`) when data arrive while a write is held up: reading starts again inside the
 * callback of the write, and nghttp2 is entered twice. Node 22 and later do not.
 */
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { destroySocket } from "../http2-ending.js";

/** The first version that reads TLS sockets soundly. */
const soundFrom = 22;

export const readsTlsSoundly = Number.parseInt(process.versions.node, 10) >= soundFrom;

export class JsStream extends Duplex {
  readonly #socket: TLSSocket;
  /** Written before, an error of TLS would read as one of the write. */
  readonly #secured: Promise<void>;

  constructor(socket: TLSSocket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#secured = new Promise((resolve) => socket.once("secureConnect", () => resolve()));
    socket.on("data", (chunk) => {
      if (!this.push(chunk)) socket.pause();
    });
    // An error of TLS may come right after the end, and says more.
    socket.on("end", () => setImmediate(() => this.push(null)));
    socket.on("close", () => setImmediate(() => this.destroy()));
    socket.on("error", (error) => this.destroy(error));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#secured.then(() => this.#socket.write(chunk, done), done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    destroySocket(this.#socket);
    done(error);
  }
}
