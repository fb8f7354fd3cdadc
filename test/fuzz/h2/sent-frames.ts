/** Looks at what a client writes: whether it is HTTP/2, and within what the peer allowed. */

import { requestBlock } from "../../transport/h2/support/driven-connection.js";
import { flags, inWords, preface, readFrames, types } from "../../transport/h2/support/frames.js";
import { isAlike, type Pattern } from "./pattern.js";
import { largestFrame, PeerFrames } from "./peer-frames.js";

const initialWindow = 65_535;
const headBytes = 9;
const greeting = Buffer.from(preface, "latin1");

/** What a client has said on one stream; on the connection, of all of them. */
class SentStream {
  spent = 0;
  givenBack = 0;
  isEnded = false;
  isReset = false;
}

export class SentFrames {
  readonly peer: PeerFrames;
  readonly #connection = new SentStream();
  readonly #streams: SentStream[] = [];
  /** What the peer lets us send on a fresh stream, and how many there may be, once that was acknowledged. */
  #initialWindow = initialWindow;
  #maxStreams = Number.POSITIVE_INFINITY;
  /** What the client lets the peer send: on a stream, and on the connection beyond what HTTP/2 has. */
  #streamWindow = initialWindow;
  #grant = 0;
  #state: "new" | "greeting" | "granting" | "open" | "over" = "new";
  #code = 0;

  /** How many of the peer's PINGs and SETTINGS were answered. */
  #pings = 0;
  #settings = 0;
  readonly #content: Pattern | undefined;

  /** `peer`: all that the peer sends; `content`: what every call sends, if that is looked at. */
  constructor(peer: Buffer, content?: Pattern) {
    this.peer = new PeerFrames(peer);
    this.#content = content;
  }

  /** Of its GOAWAY. */
  get code(): number {
    return this.#code;
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  get streamWindow(): number {
    return this.#streamWindow;
  }

  /** The client has received the peer's bytes up to `end`. */
  received(end: number): void {
    this.peer.readTo(end);
  }

  /** The client writes `bytes[from, to)`. Throws an error that says what is wrong with them. */
  sent(bytes: Buffer, from = 0, to = bytes.length): void {
    let at = from;
    if (this.#state === "new" && at < to) {
      if (!isAlike(greeting, 0, bytes, at, at + greeting.length)) throw new Error("no preface");
      at += greeting.length;
      this.#state = "greeting";
    }
    while (at < to) {
      if (to - at < headBytes) throw new Error(`${to - at} bytes are no frame`);
      const end = at + headBytes + bytes.readUIntBE(at, 3);
      if (end > to) throw new Error(`${to - at} bytes are no frame`);
      const wrong = this.#wrong(bytes, at, end);
      if (wrong !== undefined) {
        const [frame] = readFrames(bytes.subarray(at, end));
        throw new Error(`it wrote ${frame ? inWords(frame) : "nothing"}: ${wrong}`);
      }
      at = end;
    }
  }

  // ---- What is to be, when the client has had its turn

  /** Throws an error that says what a connection that goes on has left undone, or done for nothing. */
  checkConnection(): void {
    const { peer } = this;
    if (this.#pings < peer.pings.length) throw new Error("a PING was not answered");
    if (2 * this.#settings < peer.settings.length) throw new Error("SETTINGS were not acknowledged");
    const { counted } = peer.of(0);
    const back = this.#connection.givenBack - this.#grant;
    if (counted > initialWindow + this.#connection.givenBack)
      throw new Error("it took more than the connection's window");
    if (counted - back >= (initialWindow + this.#grant) / 2)
      throw new Error("it gives the connection's window not back");
  }

  /** Whether one more stream may be opened. */
  get hasRoom(): boolean {
    return this.#openStreams() < this.#maxStreams;
  }

  /** Whether the client may send content on a stream. */
  maySend(stream: number): boolean {
    return this.#windowOf(this.#connection, 0, initialWindow) > 0 && this.#streamRest(stream) > 0;
  }

  hasEnded(stream: number): boolean {
    return this.#of(stream)?.isEnded ?? false;
  }

  /** Whether the peer has kept to a stream's window. */
  isWithinWindow(stream: number): boolean {
    return this.peer.of(stream).counted <= this.#streamWindow + (this.#of(stream)?.givenBack ?? 0);
  }

  /** Bytes that came on a stream and were not given back. */
  kept(stream: number): number {
    return this.peer.of(stream).counted - (this.#of(stream)?.givenBack ?? 0);
  }

  // ---- Inside

  #of(stream: number): SentStream | undefined {
    return stream % 2 === 1 ? this.#streams[(stream - 1) / 2] : undefined;
  }

  #windowOf({ spent }: SentStream, stream: number, initial: number): number {
    return initial + this.peer.of(stream).given - spent;
  }

  #streamRest(stream: number): number {
    const one = this.#of(stream);
    return one ? this.#windowOf(one, stream, this.#initialWindow) : 0;
  }

  #openStreams(): number {
    let open = 0;
    for (let place = 0; place < this.#streams.length; place++) {
      const { isEnded, isReset } = this.#streams[place] as SentStream;
      const peer = this.peer.of(2 * place + 1);
      if (!isReset && !peer.isReset && !(isEnded && peer.isEnded)) open += 1;
    }
    return open;
  }

  /** Why the frame `bytes[at, end)` is wrong; undefined when it is not. */
  #wrong(bytes: Buffer, at: number, end: number): string | undefined {
    const type = bytes[at + 3] as number;
    const flag = bytes[at + 4] as number;
    const stream = bytes.readUInt32BE(at + 5);
    const from = at + headBytes;
    const length = end - from;
    if (this.#state === "over") return "after GOAWAY";
    if (this.#state === "greeting") return this.#wrongGreeting(bytes, from, end, type, flag);
    if (length > largestFrame) return "too large";
    switch (type) {
      case types.HEADERS:
        if (flag !== flags.endHeaders) return "flags";
        if (stream !== 2 * this.#streams.length + 1) return "an identifier that is not the next";
        if (!this.hasRoom) return "more than the peer takes at once";
        this.#streams.push(new SentStream());
        return length === requestBlock.length && isAlike(requestBlock, 0, bytes, from, end)
          ? undefined
          : "another block";
      case types.DATA:
        return this.#wrongData(stream, flag, bytes, from, end);
      case types.RST_STREAM: {
        const one = this.#of(stream);
        if (length !== 4) return "not 4 bytes";
        if (!one) return "never opened";
        if (one.isReset) return "twice";
        one.isReset = true;
        return undefined;
      }
      case types.WINDOW_UPDATE:
        return length === 4 ? this.#wrongUpdate(stream, bytes.readUInt32BE(from)) : "not 4 bytes";
      case types.PING:
        if (length !== 8 || stream !== 0) return "malformed";
        return flag & flags.ack ? this.#wrongAnswer(bytes, from, end) : undefined;
      case types.SETTINGS:
        if ((flag & flags.ack) === 0) return "more settings";
        return length === 0 && stream === 0 ? this.#wrongAcknowledgement() : "malformed";
      case types.GOAWAY:
        this.#state = "over";
        if (length < 8 || stream !== 0 || bytes.readUInt32BE(from) !== 0) return "malformed";
        this.#code = bytes.readUInt32BE(from + 4);
        return undefined;
      default:
        return "of no use";
    }
  }

  #wrongGreeting(bytes: Buffer, from: number, end: number, type: number, flag: number): string | undefined {
    if (type !== types.SETTINGS || flag !== 0) return "not SETTINGS first";
    this.#state = "granting";
    for (let at = from; at + 6 <= end; at += 6)
      if (bytes.readUInt16BE(at) === 4) this.#streamWindow = bytes.readUInt32BE(at + 2);
    return undefined;
  }

  #wrongAnswer(bytes: Buffer, from: number, end: number): string | undefined {
    const asked = this.peer.pings[this.#pings++];
    if (asked === undefined) return "an answer to nothing";
    return isAlike(this.peer.bytes, asked, bytes, from, end) ? undefined : "another answer";
  }

  /** From here on, the oldest SETTINGS that wait hold. */
  #wrongAcknowledgement(): string | undefined {
    const start = this.peer.settings[2 * this.#settings];
    const end = this.peer.settings[2 * this.#settings + 1];
    this.#settings += 1;
    if (start === undefined || end === undefined) return "an answer to nothing";
    const { bytes } = this.peer;
    for (let at = start; at + 6 <= end; at += 6) {
      const value = bytes.readUInt32BE(at + 2);
      if (bytes.readUInt16BE(at) === 4) this.#initialWindow = value;
      else if (bytes.readUInt16BE(at) === 3) this.#maxStreams = value;
    }
    return undefined;
  }

  #wrongData(stream: number, flag: number, bytes: Buffer, from: number, end: number): string | undefined {
    const one = this.#of(stream);
    const length = end - from;
    if (!one) return "never opened";
    if (one.isReset) return "was reset";
    if (one.isEnded) return "had ended";
    if ((flag & ~flags.end) !== 0) return "flags";
    if (flag === flags.end) one.isEnded = true;
    else if (length === 0) return "nothing to say";
    if (length > 0) {
      if (length > this.#windowOf(this.#connection, 0, initialWindow)) return "beyond the window of 0";
      if (length > this.#streamRest(stream)) return `beyond the window of ${stream}`;
      if (this.#content?.isAt(one.spent, bytes, from, end) === false)
        return "other content, or in another order";
    }
    one.spent += length;
    this.#connection.spent += length;
    return undefined;
  }

  #wrongUpdate(stream: number, bytes: number): string | undefined {
    const one = stream === 0 ? this.#connection : this.#of(stream);
    if (!one) return "never opened";
    if (one.isReset) return "was reset";
    if (bytes === 0 || bytes >= 2 ** 31) return "no window";
    one.givenBack += bytes;
    if (this.#state === "granting" && stream === 0) this.#grant = bytes;
    this.#state = "open";
    const grant = stream === 0 ? this.#grant : 0;
    return one.givenBack > this.peer.of(stream).counted + grant ? "more than has come" : undefined;
  }
}
