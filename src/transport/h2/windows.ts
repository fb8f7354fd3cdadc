/** Flow control (RFC 9113, section 5.2): what may be sent, and what the peer may send. */
import { max31 } from "./frame.js";

/** Bytes of a window of which nobody has said anything. */
export const initialWindow = 65_535;

/** What a peer lets us send, on a stream or a connection. Its settings can bring it below zero. */
export class SendWindow {
  #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  spend(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** By a WINDOW_UPDATE, or by a change of settings. Returns false when it grows beyond what a window can be. */
  grow(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes <= max31;
  }
}

/** What we let a peer send. What was read is given back in portions, not byte by byte. */
export class ReceiveWindow {
  readonly #portion: number;
  #bytes: number;
  #read = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#portion = Math.floor(bytes / 2);
  }

  /** A frame of so many bytes has come. Returns false when the peer may not send as much. */
  take(bytes: number): boolean {
    this.#bytes -= bytes;
    return this.#bytes >= 0;
  }

  /** So many bytes were read. Returns what the peer is to be given back now; mostly 0. */
  read(bytes: number): number {
    this.#read += bytes;
    if (this.#read < this.#portion) return 0;
    const back = this.#read;
    this.#read = 0;
    this.#bytes += back;
    return back;
  }
}
