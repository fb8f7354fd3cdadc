// Relayed WebSockets: pages that keep a window of frames in flight on each of their connections, and the backend that
// sends them back. A page is a connection of its own (bare), or one that the gateway relays on a registration's stream.
import { create } from "@bufbuild/protobuf";
import { WebSocket, WebSocketServer } from "ws";
import {
  WebSocketFrameSchema,
  WebSocketOpenRequestSchema,
} from "../../build/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { frame } from "../frames.mjs";

const frameBytes = 128;
const data = Buffer.alloc(frameBytes, "x");
const binary = 2;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends back what comes. */
export function startBackend(http) {
  new WebSocketServer({ server: http }).on("connection", (ws) =>
    ws.on("message", (bytes, isBinary) => ws.send(bytes, { binary: isBinary })),
  );
}

export const openedTag = 0x62;
export const frameTag = 0x6a;
const marker = Buffer.from("page-");
const digits = 3;
const idOf = (i) => `page-${String(i).padStart(digits, "0")}`;

function numberIn(bytes) {
  const at = bytes.indexOf(marker) + marker.length;
  return Number(bytes.toString("latin1", at, at + digits));
}

export class RelayLoad {
  #shape;
  #frames = 0;
  #isOver = false;
  #relayed = [];

  constructor(shape) {
    this.#shape = shape;
  }

  /** `stream`: of a registration, where no `url` says that the pages dial by themselves. */
  async run(stream, counting) {
    const { url, connections, warmupMs, ms } = this.#shape;
    const sockets = [];
    for (let i = 0; i < connections; i += 1)
      if (url) sockets.push(this.#dial(url));
      else this.#open(stream, i);
    await wait(warmupMs);
    counting();
    this.#frames = 0;
    const begun = performance.now();
    await wait(ms);
    const seconds = (performance.now() - begun) / 1_000;
    this.#isOver = true;
    for (const ws of sockets) ws.terminate();
    return { frames: this.#frames, perSecond: this.#frames / seconds };
  }

  /** What a registration's stream has brought of relayed WebSockets. */
  took(stream, tag, bytes) {
    const own = this.#relayed[numberIn(bytes)];
    if (tag === openedTag) for (let i = 0; i < this.#shape.window; i += 1) stream.write(own);
    else if (this.#next()) stream.write(own);
  }

  #open(stream, i) {
    const connectionId = idOf(i);
    this.#relayed[i] = frame({
      case: "wsFrame",
      value: create(WebSocketFrameSchema, { connectionId, frameType: binary, data }),
    });
    stream.write(
      frame({
        case: "wsOpenRequest",
        value: create(WebSocketOpenRequestSchema, { connectionId, path: "/" }),
      }),
    );
  }

  #dial(url) {
    const ws = new WebSocket(url, { perMessageDeflate: false });
    ws.on("open", () => {
      for (let i = 0; i < this.#shape.window; i += 1) ws.send(data);
    });
    ws.on("message", () => this.#next() && ws.send(data));
    return ws;
  }

  #next() {
    this.#frames += 1;
    return !this.#isOver;
  }
}
