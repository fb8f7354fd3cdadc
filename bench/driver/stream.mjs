// One registered stream of the load driver: answers registers and heartbeats, hands answers to the load, and
// writes once per turn of the event loop.
import { heartbeatResponse, invokeResponse, registerResponse, splitter } from "../frames.mjs";

import { frameTag, openedTag } from "./relay.mjs";

const registerTag = 0x0a;
const heartbeatTag = 0x32;
const invokeTag = 0x42;
const answerTag = 0x22;
/** Written once and never again, so that what waits in the socket stays as it is. */
const slabBytes = 16 * 1024;
const unavailable = "14";

export class GatewayStream {
  registered = false;
  #http2;
  #board;
  #slab = Buffer.allocUnsafe(0);
  #from = 0;
  #at = 0;
  #writing = "idle";
  #status = "0";

  constructor(http2, board) {
    this.#http2 = http2;
    this.#board = board;
    http2.on("error", () => {});
    http2.on("close", () => board.left(this));
    http2.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    http2.on("wantTrailers", () => http2.sendTrailers({ "grpc-status": this.#status }));
    http2.on(
      "data",
      splitter((bytes) => this.#take(bytes)),
    );
    http2.on("end", () => http2.end());
  }

  write(bytes) {
    if (bytes.length > slabBytes) {
      this.#flush();
      this.#http2.write(Buffer.from(bytes));
      return;
    }
    if (this.#at + bytes.length > this.#slab.length) this.#newSlab();
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.length;
    if (this.#writing === "due") return;
    this.#writing = "due";
    setImmediate(() => {
      this.#writing = "idle";
      this.#flush();
    });
  }

  /** As a gateway does that goes away: no answer is owed any more. */
  end() {
    this.#status = unavailable;
    this.#http2.end();
  }

  #take(bytes) {
    const tag = bytes[0];
    if (tag === answerTag) this.#board.load?.answered(this, bytes);
    else if (tag === frameTag || tag === openedTag) this.#board.relay?.took(this, tag, bytes);
    else if (tag === invokeTag) this.#http2.write(invokeResponse(bytes));
    else if (tag === heartbeatTag) this.#http2.write(heartbeatResponse);
    else if (tag === registerTag) {
      this.#http2.write(registerResponse);
      this.#board.arrived(this);
    }
  }

  #newSlab() {
    this.#flush();
    this.#slab = Buffer.allocUnsafeSlow(slabBytes);
    this.#from = this.#at = 0;
  }

  #flush() {
    if (this.#at > this.#from && !this.#http2.destroyed)
      this.#http2.write(this.#slab.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }
}
