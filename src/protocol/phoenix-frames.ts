/**
 * Frames of a Phoenix channel, serializer 2: `[join_ref, ref, topic, event, payload]` as JSON text. Messages of the
 * contract travel as base64 in events called `proto` (docs/protocol.md, "WebSocket").
 */
import { isObject } from "../is-object.js";
import { readBase64 } from "./base64.js";

/** The path that gateways serve. */
export const socketPath = "/socket/connector/websocket";

/** The one topic of all connectors. */
export const lobby = "connector:lobby";
const phoenix = "phoenix";

/** The event that carries messages. */
export const messageEvent = "proto";

export interface Frame {
  readonly joinRef: string | null;
  readonly ref: string | null;
  readonly topic: string;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const isRef = (value: unknown): value is string | null => value === null || typeof value === "string";

/** Undefined for what is no frame; what follows the five elements is left to later versions. */
export function frameOf(text: string): Frame | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts) || parts.length < 5) return undefined;
  const [joinRef, ref, topic, event, payload]: readonly unknown[] = parts;
  if (!isRef(joinRef) || !isRef(ref) || typeof topic !== "string" || typeof event !== "string")
    return undefined;
  return { joinRef, ref, topic, event, payload: isObject(payload) ? payload : {} };
}

/** What a reply says: its status, and the response with it. */
export interface Reply {
  readonly status: string;
  readonly response: Readonly<Record<string, unknown>>;
}

export function replyOf({ event, payload }: Frame): Reply | undefined {
  if (event !== "phx_reply" || typeof payload.status !== "string") return undefined;
  return { status: payload.status, response: isObject(payload.response) ? payload.response : {} };
}

/** The base64 text of a message; undefined for a frame without one. */
export function carriedBy(frame: Frame): string | undefined {
  const reply = replyOf(frame);
  const data =
    frame.event === messageEvent ? frame.payload.data : reply?.status === "ok" && reply.response.data;
  return typeof data === "string" ? data : undefined;
}

const dataMark = '{"data":"';
const end = Buffer.from('"}]', "latin1");
/** With references of 15 digits. */
const longestBefore = 80;
const beforeData = /^\[(?:null|"\d{1,15}"),(?:null|"\d{1,15}"),"connector:lobby","proto",\{"data":"$/;

/** The message that a frame carries, where it is written as peers write it; undefined for what has to be read as JSON. */
export function pushedMessage(frame: Buffer): Buffer | undefined {
  const from = frame.indexOf(dataMark) + dataMark.length;
  const to = frame.length - end.length;
  if (from < dataMark.length || from > longestBefore || to < from) return undefined;
  for (let i = 0; i < end.length; i += 1) if (frame[to + i] !== end[i]) return undefined;
  return beforeData.test(frame.toString("latin1", 0, from)) ? readBase64(frame, from, to) : undefined;
}

/** Makes the frames of one socket, whose references count from 1. */
export class FrameWriter {
  #ref = 0;
  #joinRef: string | null = null;

  /** Also the reference of the join, which its reply carries. */
  get joinRef(): string | null {
    return this.#joinRef;
  }

  /** The other side has joined: messages to it carry its reference. */
  joinedBy(joinRef: string | null): void {
    this.#joinRef = joinRef;
  }

  join(): string {
    this.#joinRef = String(this.#ref + 1);
    return this.#frame(lobby, "phx_join", "{}");
  }

  leave(): string {
    return this.event(lobby, "phx_leave");
  }

  /** One that says nothing but its name. */
  event(topic: string, name: string): string {
    return this.#frame(topic, name, "{}");
  }

  /** `data` is base64, so nothing in it has to be escaped. */
  message(data: string): string {
    return `${this.beforeData()}${data}${FrameWriter.afterData}`;
  }

  /** Of a frame with a message, what stands before its base64. Each call is a frame. */
  beforeData(): string {
    this.#ref += 1;
    return `[${this.#joined},"${this.#ref}","${lobby}","${messageEvent}",${dataMark}`;
  }

  static readonly afterData = '"}]';

  /** Whether the peer is there; `ref` comes back with the answer. */
  heartbeat(): { readonly text: string; readonly ref: string } {
    this.#ref += 1;
    const ref = String(this.#ref);
    return { ref, text: `[null,"${ref}","${phoenix}","heartbeat",{}]` };
  }

  #frame(topic: string, event: string, payload: string): string {
    this.#ref += 1;
    return `[${this.#joined},"${this.#ref}","${topic}","${event}",${payload}]`;
  }

  get #joined(): string {
    return this.#joinRef === null ? "null" : `"${this.#joinRef}"`;
  }
}

/** The reply to a frame: with its references. */
export const replyTo = (
  { joinRef, ref, topic }: Pick<Frame, "joinRef" | "ref" | "topic">,
  reply: Reply,
): string => JSON.stringify([joinRef, ref, topic, "phx_reply", reply]);

export const fine: Reply = { status: "ok", response: {} };

/** There is no such channel. */
export const unmatched: Reply = { status: "error", response: { reason: "unmatched topic" } };

export const isHeartbeat = ({ topic, event }: Frame): boolean => topic === phoenix && event === "heartbeat";

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The base64 text of a message, as frames carry it. */
export const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");

/** The bytes of a base64 text; undefined for what is none: Node would read past it. */
export function bytesOf(data: string): Buffer | undefined {
  return data.length % 4 === 0 && base64.test(data) ? Buffer.from(data, "base64") : undefined;
}
