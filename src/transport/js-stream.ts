/**
 * A socket as a plain JavaScript stream, so that `node:http2` reads and writes it through JavaScript.
 *
 * On Node 20 an HTTP/2 session that reads a TLS socket natively dies with a segmentation fault (in
 * `Http2StreamListener::OnStreamRead`) when data arrive while a write is held up: reading starts again inside the
 * callback of the write, and nghttp2 is entered twice. Node 22 and later do not.
 */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { destroySocket } from "../http2-ending.js";

/** The first version that reads TLS sockets soundly. */
const soundFrom = 22;

export const readsTlsSoundly = Number.parseInt(process.versions.node, 10) >= soundFrom;

export class JsStream extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on("data", (chunk) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on("end", () => this.push(null));
    socket.on("close", () => this.destroy());
    socket.on("error", (error) => this.destroy(error));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    destroySocket(this.#socket);
    done(error);
  }
}
