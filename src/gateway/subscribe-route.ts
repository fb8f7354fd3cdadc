/**
 * `POST …/subscribe`: events of a connector as a stream of server-sent events, until the caller leaves. An event is
 * acknowledged when the caller's connection has taken it; what it has not taken goes to others of its group.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { codeOf, textOf } from "../errors.js";
import { isObject } from "../is-object.js";
import { isName, optional, whenGone } from "./api-fields.js";
import type { GatewayCore } from "./core.js";
import { ApiError } from "./json-http.js";
import { answerOf, badAnswer, contextIn, type Fields, given, ofKind } from "./kind-routes.js";
import { readFields } from "./known-fields.js";
import type { Registration } from "./registry.js";

/** How long the connector may wait for the next event before the caller is told that nothing came; in ms. */
const waitMs = 5_000;
/** Beyond the wait: the connector may be away for a while. */
const patienceMs = 60_000;
/** Of one answer; the rest follows at once. */
const atOnce = 100;

const isPattern = (value: unknown): value is string | object => isName(value) || isObject(value);
const isTime = (value: unknown): value is number => typeof value === "number" && value >= 0;

/** Resolves when the caller's connection has taken it, or is gone. */
async function written(response: ServerResponse, text: string, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return;
  await new Promise<void>((resolve) => {
    const over = () => {
      gone.removeEventListener("abort", over);
      resolve();
    };
    gone.addEventListener("abort", over, { once: true });
    response.write(text, over);
  });
}

/** A line break in an id would begin a field of its own. */
const idLine = (id: unknown): string => (isName(id) && !/[\r\n\0]/.test(id) ? `id: ${id}\n` : "");

const sent = (event: string, data: unknown, id?: unknown): string =>
  `${idLine(id)}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

function eventOf(told: unknown, from: Registration): { readonly id: unknown; readonly text: string } {
  const { message, missed, deliveries } = isObject(told) ? told : {};
  if (!isObject(message)) throw badAnswer(from, "each of its events must have a message");
  const { topic, payload, message_id: messageId, timestamp, headers } = message;
  const data = given({ topic, payload, messageId, timestamp, headers, missed, deliveries });
  return { id: messageId, text: sent("event", data, messageId) };
}

export async function subscribeRoute(
  core: GatewayCore,
  request: IncomingMessage,
  response: ServerResponse,
  key: string,
): Promise<void> {
  const fields = ["pattern", "fromId", "fromTimestamp", "consumerGroup", "context"];
  const body = await readFields(request, fields, "subscribe");
  const words = 'a text such as "orders.*", or {"Exact": …}, {"Glob": …}';
  const pattern = optional(body, "pattern", isPattern, words);
  if (pattern === undefined) throw new ApiError(400, "INVALID_FIELD", `"pattern" must be ${words}.`);
  const name = "a non-empty text of whole characters";
  const subscription = given({
    pattern,
    from_id: optional(body, "fromId", isName, name),
    from_timestamp: optional(body, "fromTimestamp", isTime, "milliseconds since 1970"),
    consumer_group: optional(body, "consumerGroup", isName, name),
    auto_ack: false,
  });
  const context = contextIn(body);
  const events = ofKind(core, key, "pubsub");
  const gone = whenGone(response);
  const ask = (capabilityId: string, payload: Fields, signal?: AbortSignal) =>
    answerOf(core, events, {
      capabilityId,
      payload,
      context,
      timeoutMs: waitMs + patienceMs,
      ...(signal ? { signal } : {}),
    });
  // Without the signal: one that is begun has to be ended.
  const { subscription_id } = await ask("subscribe", subscription);
  try {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.flushHeaders();
    while (!gone.aborted) {
      const wanted = { subscription_id, limit: atOnce, wait_ms: waitMs };
      const { events: found } = await ask("receive", wanted, gone);
      if (!Array.isArray(found)) throw badAnswer(events, '"events" must be a list');
      const all = found.map((one: unknown) => eventOf(one, events));
      await written(response, all.map(({ text }) => text).join("") || ": nothing yet\n\n", gone);
      if (all.length > 0 && !gone.aborted)
        await ask("acknowledge", { subscription_id, message_ids: all.map(({ id }) => id) }, gone);
    }
  } catch (error) {
    const code = error instanceof ApiError ? error.code : codeOf(error, "INTERNAL");
    if (!gone.aborted) response.end(sent("error", { code, message: textOf(error) }));
  } finally {
    ask("unsubscribe", { subscription_id }).catch(() => {});
  }
}
