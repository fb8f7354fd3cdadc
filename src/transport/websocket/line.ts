/** One WebSocket as the port of its machine: dials, joins, beats, leaves; hands on what it brings. */
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { fromCallback } from "xstate";
import type { LineCommand, SocketEvent } from "../../../machines/index.js";
import { socketLimits } from "../../protocol/limits.js";
import {
  type Frame,
  FrameWriter,
  fine,
  frameOf,
  isHeartbeat,
  lobby,
  pushedMessage,
  replyOf,
  replyTo,
} from "../../protocol/phoenix-frames.js";
import { closedWithoutReason } from "../loss.js";
import type { StreamEnding } from "../transport.js";
import { dialWebSocket } from "../web-socket-dial.js";
import {
  channelClosed,
  closedWith,
  goneChannel,
  refusedJoin,
  refusedUpgrade,
  socketFailure,
} from "./failures.js";
import type { SocketOptions } from "./socket-options.js";
import { TextFrames } from "./text-frames.js";

/** Who is told what the line brings besides the life of the socket. */
export interface LineOwner {
  /** The socket can carry messages from now on. */
  attached(line: Line): void;
  /** A frame after the join that is none of the channel's own. */
  frame(frame: Frame): void;
  /** A message, out of its frame or without one. */
  message(bytes: Buffer): void;
  /** Text of so many bytes that is no frame. */
  unreadable(bytes: number): void;
  /** The operating system has taken what was sent in a turn. */
  written(): void;
  /** Why it ends; before the machine hears of it. At most once. */
  ended(ending: StreamEnding): void;
  /** The operating system has let go of it. */
  gone(): void;
}

export class Line {
  readonly #options: SocketOptions;
  readonly #owner: LineOwner;
  readonly #tell: (event: SocketEvent) => void;
  readonly #writer = new FrameWriter();
  readonly #frames = new TextFrames();
  /** Who waits to hear that the operating system has taken their messages. */
  #written: (() => void)[] = [];
  #ws: WebSocket | undefined;
  #socket: Socket | undefined;
  /** What the last frame of it asked for; the machine knows the rest. */
  #phase: "joining" | "joined" | "leaving" | "over" = "joining";
  #beatRef: string | null = null;
  /** The way through a proxy is wanted no more. */
  readonly #giveUp = new AbortController();
  /** Something waits for the end of the turn. */
  #writing: "idle" | "due" = "idle";

  constructor(options: SocketOptions, owner: LineOwner, tell: (event: SocketEvent) => void) {
    this.#options = options;
    this.#owner = owner;
    this.#tell = tell;
  }

  /** Bytes that the operating system has not taken. */
  get bufferedBytes(): number {
    return (this.#ws?.bufferedAmount ?? 0) + this.#frames.waiting;
  }

  dial(): void {
    const { endpoint, tls, maxFrameBytes, policy } = this.#options;
    const way = this.#options.way();
    const tunnel = way && (() => way.open(policy.connectTimeoutMs, this.#giveUp.signal));
    const took = (socket: Socket) => this.#took(socket);
    const ws = dialWebSocket({ endpoint, tls, maxFrameBytes, tunnel, took });
    this.#ws = ws;
    ws.on("unexpected-response", (request, response) => {
      const failure = refusedUpgrade(response, Date.now());
      request.destroy();
      this.#end({ by: "peer", failure });
    });
    ws.on("open", () => this.#tell({ type: "line.opened" }));
    ws.on("message", (data, isBinary) => this.#received(data as Buffer, isBinary));
    ws.on("error", (error) => this.#end({ by: "link", failure: socketFailure(error, "connection-lost") }));
    ws.on("close", (code, reason) =>
      this.#end(
        code === 1006 || code === 1005
          ? { by: "link", failure: closedWithoutReason }
          : closedWith(code, reason.toString("utf8")),
      ),
    );
  }

  #took(socket: Socket): void {
    this.#socket = socket.setNoDelay(true);
    socket.once("close", () => this.#owner.gone());
  }

  obey(command: LineCommand): void {
    switch (command.type) {
      case "join":
        return this.#write(this.#writer.join());
      case "beat": {
        const { text, ref } = this.#writer.heartbeat();
        this.#beatRef = ref;
        return this.#write(text);
      }
      case "look":
        // What has come is read before the turn after the next.
        return void setImmediate(() => setImmediate(() => this.#tell({ type: "line.silent" })));
      case "leave":
        if (this.#phase !== "over") this.#phase = "leaving";
        this.#write(this.#writer.leave());
        return this.#ws?.close(1000);
    }
  }

  /** `written` is called when the operating system has it. Everything of one turn goes out in one write. */
  send(message: Uint8Array, written: () => void): void {
    if (this.#ws?.readyState !== WebSocket.OPEN) return process.nextTick(written);
    this.#frames.append(this.#writer.beforeData(), message, FrameWriter.afterData);
    this.#written.push(written);
    if (this.#writing === "due") return;
    this.#writing = "due";
    setImmediate(() => {
      this.#writing = "idle";
      this.flush();
    });
  }

  /** At once, not at the end of the turn. */
  flush(): void {
    if (this.#frames.waiting === 0) return;
    const written = this.#written;
    this.#written = [];
    const taken = () => {
      for (const one of written) one();
      this.#owner.written();
    };
    const chunks = this.#frames.take();
    const socket = this.#socket;
    // Nothing may follow a close frame; whoever waits is told of the end, too.
    if (!socket?.writable || this.#ws?.readyState !== WebSocket.OPEN) return process.nextTick(taken);
    for (const chunk of chunks.slice(0, -1)) socket.write(chunk);
    socket.write(chunks.at(-1) ?? "", taken);
  }

  pause(): void {
    this.#ws?.pause();
  }

  resume(): void {
    this.#ws?.resume();
  }

  /** Nothing more is told: whoever cuts knows why. */
  cut(): void {
    this.#phase = "over";
    this.#ws?.on("error", () => {});
    this.#ws?.terminate();
    this.#giveUp.abort();
    if (!this.#socket) this.#owner.gone();
  }

  /** Not while the peer reads nothing: what it asks without end must not pile up. */
  #answer(frame: Frame): void {
    if (this.bufferedBytes <= socketLimits.highWaterBytes) this.#write(replyTo(frame, fine));
  }

  #write(text: string): void {
    this.flush();
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send(text);
  }

  #end(ending: StreamEnding): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#owner.ended(ending);
    this.#tell({ type: "line.ended" });
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.#phase === "over") return;
    const message = isBinary ? data : pushedMessage(data);
    if (message) return this.#owner.message(message);
    const frame = frameOf(data.toString("utf8"));
    if (frame) this.#take(frame);
    else this.#owner.unreadable(data.length);
  }

  #take(frame: Frame): void {
    const reply = replyOf(frame);
    if (isHeartbeat(frame)) return this.#answer(frame);
    if (reply && frame.topic === "phoenix") {
      if (frame.ref === this.#beatRef) this.#tell({ type: "line.beatAnswered" });
      return;
    }
    if (frame.topic !== lobby) return;
    if (reply && this.#phase === "joining" && frame.ref === this.#writer.joinRef) return this.#joined(reply);
    if (reply?.status === "error" && reply.response.reason === "unmatched topic")
      return this.#end(goneChannel("UNMATCHED_TOPIC"));
    if (frame.event === "phx_error") return this.#end(goneChannel("PHX_ERROR"));
    if (frame.event === "phx_close" && this.#phase !== "leaving") return this.#end(channelClosed);
    this.#owner.frame(frame);
  }

  #joined({ status, response }: NonNullable<ReturnType<typeof replyOf>>): void {
    if (status === "error") return this.#end({ by: "peer", failure: refusedJoin(response) });
    if (status !== "ok") return;
    this.#phase = "joined";
    this.#owner.attached(this);
    this.#tell({ type: "line.joined" });
  }
}

/** The port of the socket's machine. */
export const linePort = (options: SocketOptions, owner: LineOwner) =>
  fromCallback<LineCommand>(({ sendBack, receive }) => {
    const line = new Line(options, owner, sendBack);
    receive((command) => line.obey(command));
    try {
      line.dial();
    } catch (error) {
      owner.ended({ by: "link", failure: socketFailure(error, "internal") });
      owner.gone();
      sendBack({ type: "line.ended" });
    }
    return () => line.cut();
  });
