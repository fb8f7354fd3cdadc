/** An event as a message of NATS, and back. */
import { createHash } from "node:crypto";
import type { MsgHdrs } from "@nats-io/transport-node";
import type { EventMessage } from "../connectors/events/broker.js";
import { isObject } from "../is-object.js";
import { topicOf } from "./subjects.js";

/** What NATS has no place for, as JSON. */
export const eventHeader = "Mooring-Event";
export const idHeader = "Nats-Msg-Id";

/** What is sent with an event's payload. */
export interface Outgoing extends Omit<EventMessage, "payload"> {
  /** When it expires, since 1970 in ms. */
  readonly expiresAt?: number;
}

/** What came, with what decides whether it is handed out. */
export interface Incoming {
  readonly message: EventMessage;
  readonly expiresAt: number | undefined;
}

/** The id by which the server knows an event again: any text may be one, but not of a header. */
export const serverId = (id: string): string =>
  /^[\x21-\x7e]+$/.test(id) && !id.startsWith("sha256:")
    ? id
    : `sha256:${createHash("sha256").update(id).digest("hex")}`;

/** In ASCII: what servers and other clients make of other letters in headers differs. */
export const eventText = ({ message_id, timestamp, headers, expiresAt }: Outgoing): string =>
  JSON.stringify({ id: message_id, timestamp, headers, expiresAt }).replace(
    /[^\x20-\x7e]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const textsOf = (value: unknown): Record<string, string> =>
  isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)])) : {};

/** Headers of a message that another program has published. */
function foreignHeaders(headers: MsgHdrs | undefined): Record<string, string> {
  const names = (headers?.keys() ?? []).filter((name) => !/^nats-/i.test(name));
  return Object.fromEntries(names.map((name) => [name, headers?.get(name) ?? ""]));
}

/** Any message of the stream is an event; what a program without Mooring published has the server's time. */
export function eventOf(
  stream: string,
  {
    subject,
    data,
    headers,
    seq,
    storedAt,
  }: {
    readonly subject: string;
    readonly data: Uint8Array;
    readonly headers: MsgHdrs | undefined;
    readonly seq: number;
    readonly storedAt: number;
  },
): Incoming {
  const told = headers?.get(eventHeader);
  const fields = told ? jsonOr(told) : undefined;
  const known = isObject(fields) ? (fields as Record<string, unknown>) : undefined;
  const { id, timestamp, expiresAt } = known ?? {};
  return {
    message: {
      topic: topicOf(stream, subject),
      payload: jsonOr(Buffer.from(data).toString("utf8")),
      message_id: typeof id === "string" ? id : headers?.get(idHeader) || `${stream}:${seq}`,
      timestamp: typeof timestamp === "number" ? timestamp : storedAt,
      headers: known ? textsOf(known.headers) : foreignHeaders(headers),
    },
    expiresAt: typeof expiresAt === "number" ? expiresAt : undefined,
  };
}
