/** What the HTTP API asks sources, sinks and connectors of events (docs/protocol.md, "Sources, sinks and events"). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isObject } from "../is-object.js";
import {
  declaredOf,
  isName,
  isPositive,
  isText,
  isTextMap,
  known,
  optional,
  whenGone,
} from "./api-fields.js";
import type { GatewayCore } from "./core.js";
import type { ExecuteOptions } from "./gateway.js";
import { ApiError, sendJson, textField } from "./json-http.js";
import { readFields } from "./known-fields.js";
import type { Registration } from "./registry.js";

export type Kind = "source" | "sink" | "pubsub";
export type Fields = Readonly<Record<string, unknown>>;

const kindWords: Readonly<Record<Kind, string>> = {
  source: "no source",
  sink: "no sink",
  pubsub: "no connector of events",
};

/** Throws ApiError 404, and 409 for one of other kinds. */
export function ofKind(core: GatewayCore, key: string, kind: Kind): Registration {
  const registration = known(core, key);
  const { behaviors } = declaredOf(registration);
  if (behaviors.includes(kind)) return registration;
  const words = `${key} is ${kindWords[kind]}: its kinds are ${behaviors.join(", ") || "none"}.`;
  throw new ApiError(409, "WRONG_KIND", words);
}

/** The answer's value. What the connector refuses is the caller's to mend, what fails is not. */
export async function answerOf(
  core: GatewayCore,
  registration: Registration,
  options: ExecuteOptions,
): Promise<Fields> {
  const answer = await core.execute(registration, options);
  let value: unknown;
  try {
    value = answer.json();
  } catch {
    // Said below.
  }
  const fields = isObject(value) ? value : undefined;
  if (!answer.success) {
    const isRefused = fields?.code === "INVALID_PARAMS";
    throw new ApiError(isRefused ? 400 : 502, isRefused ? "INVALID_PARAMS" : "INVOKE_FAILED", answer.error);
  }
  if (fields) return fields;
  throw badAnswer(registration, "it must be a JSON object");
}

export const badAnswer = ({ key }: Registration, what: string): ApiError =>
  new ApiError(502, "BAD_ANSWER", `The answer of ${key} has not the form of its kind: ${what}.`);

export const contextIn = (body: Record<string, unknown>) =>
  optional(body, "context", isTextMap, "an object of texts, of whole characters") ?? {};

/** What each of the calls has in common: who waits, for how long, and what goes with it. */
function around(body: Record<string, unknown>, response: ServerResponse): ExecuteOptions {
  const timeoutMs = optional(body, "timeoutMs", isPositive, "a number of milliseconds above 0");
  return {
    context: contextIn(body),
    signal: whenGone(response),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

/** Without what is undefined. */
export const given = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 1;

type KindRoute = (
  core: GatewayCore,
  request: IncomingMessage,
  response: ServerResponse,
  key: string,
) => Promise<void>;

const aroundFields = ["context", "timeoutMs"];

export const fetchRoute: KindRoute = async (core, request, response, key) => {
  const body = await readFields(request, ["query", "cursor", "limit", ...aroundFields], "fetch");
  const cursor = optional(body, "cursor", isText, "a text, as nextCursor of the answer before");
  const limit = optional(body, "limit", isCount, "a whole number from 1");
  const options = around(body, response);
  const source = ofKind(core, key, "source");
  const payload = given({ query: body.query ?? {}, cursor, limit, context: options.context });
  const batch = await answerOf(core, source, { ...options, payload });
  const { items, next_cursor: nextCursor = null, has_more: hasMore, total_count: totalCount } = batch;
  if (!Array.isArray(items)) throw badAnswer(source, '"items" must be a list');
  if (nextCursor !== null && !isText(nextCursor)) throw badAnswer(source, '"next_cursor" must be a text');
  sendJson(
    response,
    200,
    given({
      items,
      nextCursor,
      hasMore: hasMore === true || nextCursor !== null,
      totalCount,
      metadata: batch.metadata,
    }),
  );
};

export const writeRoute: KindRoute = async (core, request, response, key) => {
  const body = await readFields(request, ["items", ...aroundFields], "write", 2 * core.maxMessageBytes);
  const { items } = body;
  if (!Array.isArray(items))
    throw new ApiError(400, "INVALID_FIELD", '"items" must be a list, [item] for one.');
  const options = around(body, response);
  const sink = ofKind(core, key, "sink");
  const result = await answerOf(core, sink, { ...options, payload: items });
  const { success, items_written: itemsWritten, items_failed: itemsFailed, error, metadata } = result;
  if (typeof success !== "boolean") throw badAnswer(sink, '"success" must be true or false');
  const itemErrors = result.item_errors ?? [];
  sendJson(response, 200, given({ success, itemsWritten, itemsFailed, itemErrors, error, metadata }));
};

export const publishRoute: KindRoute = async (core, request, response, key) => {
  const fields = ["topic", "payload", "messageId", "headers", "partitionKey", "ttlMs", ...aroundFields];
  const body = await readFields(request, fields, "publish", 2 * core.maxMessageBytes);
  const topic = textField(body, "topic");
  if (body.payload === undefined)
    throw new ApiError(400, "INVALID_FIELD", '"payload" is required: any JSON value, such as null.');
  const name = "a non-empty text of whole characters";
  const event = given({
    topic,
    payload: body.payload,
    message_id: optional(body, "messageId", isName, name),
    headers: optional(body, "headers", isTextMap, "an object of texts, of whole characters"),
    partition_key: optional(body, "partitionKey", isName, name),
    ttl_ms: optional(body, "ttlMs", isPositive, "a number of milliseconds above 0"),
  });
  const options = around(body, response);
  const events = ofKind(core, key, "pubsub");
  // Without a capability: connectors of events take it so, whatever else they can do.
  const published = await answerOf(core, events, { ...options, payload: event });
  const { message_id: messageId, timestamp } = published;
  sendJson(response, 200, given({ topic, messageId, timestamp }));
};

export const topicsRoute: KindRoute = async (core, _request, response, key) => {
  const events = ofKind(core, key, "pubsub");
  const options = { capabilityId: "topics", payload: {}, signal: whenGone(response) };
  const { topics } = await answerOf(core, events, options);
  if (!Array.isArray(topics)) throw badAnswer(events, '"topics" must be a list');
  sendJson(response, 200, { topics });
};
