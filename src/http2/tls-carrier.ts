/**
 * What HTTP/2 runs on where TLS is used. A session of `node:http2` that reads a TLS socket natively reads what it
 * still holds when the socket closes: any peer that closes while data come ends the process by a segmentation fault, or
 * leaves a session that hears of nothing (Node 20, 22, 24 before 24.21, 26 before 26.10; seen in
 * `test/transport/tls-closing.slow.test.ts`). Read through JavaScript, what comes is taken at once.
 */
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { destroySocket } from "./ending.js";

type Written = (error?: Error | null) => void;

export class TlsCarrier extends Duplex {
  readonly #socket: TLSSocket;

  /** Takes a socket that is secured; before that, errors of TLS would come as errors of writing. */
  constructor(socket: TLSSocket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on("data", (chunk) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: Written): void {
    this.#socket.write(chunk, written);
  }

  override _writev(chunks: { chunk: Buffer }[], written: Written): void {
    this.#socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), written);
  }

  override _final(ended: () => void): void {
    this.#socket.end(ended);
  }

  override _destroy(error: Error | null, destroyed: (error: Error | null) => void): void {
    destroySocket(this.#socket);
    destroyed(error);
  }
}
