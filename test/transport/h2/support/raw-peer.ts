/** A server on a real socket that sends the bytes it is told to, right or wrong, and keeps what a client sends, frame by frame. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { eventually } from "../../../support/until.js";
import { inWords, preface, readFrames } from "./frames.js";

export class RawPeer {
  readonly #server: Server;
  #socket: Socket | undefined;
  #bytes = Buffer.alloc(0);
  /** Frames of the client after its greeting, in words and in order. */
  readonly received: string[] = [];
  /** `ended`: by the client, and all that it sent is there. */
  state: "awaited" | "open" | "ended" = "awaited";

  private constructor() {
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(): Promise<RawPeer> {
    const peer = new RawPeer();
    await new Promise<void>((resolve) => peer.#server.listen(0, "127.0.0.1", resolve));
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  send(bytes: Buffer): void {
    this.#socket?.write(bytes);
  }

  /** Waits until the client has sent this. */
  async hears(frame: string): Promise<void> {
    await eventually(() => this.received.includes(frame));
  }

  close(): Promise<void> {
    this.#socket?.destroy();
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.#socket = socket;
    this.state = "open";
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.state = "ended";
    });
    let start = preface.length;
    socket.on("data", (part) => {
      this.#bytes = Buffer.concat([this.#bytes, part]);
      for (;;) {
        if (this.#bytes.length < start + 9) return;
        const end = start + 9 + this.#bytes.readUIntBE(start, 3);
        if (this.#bytes.length < end) return;
        this.received.push(...readFrames(this.#bytes.subarray(start, end)).map(inWords));
        this.#bytes = this.#bytes.subarray(end);
        start = 0;
      }
    });
  }
}
