/** Options of publications and subscriptions, which may come from callers far away. */
import { checkOptions } from "../../options/check.js";
import { checkRange } from "../../options/ranges.js";
import { badRequest } from "../bad-request.js";
import type { PublishOptions, SubscribeOptions } from "./broker.js";
import { brokerClosed, tooManySubscriptions } from "./broker-words.js";
import { publishCall, subscribeCall } from "./option-table.js";
import { type TopicPattern, topicPattern } from "./topic-pattern.js";

/** Characters of an id, a key or a group. */
const maxName = 256;

function checkNames(names: Readonly<Record<string, string | undefined>>): void {
  for (const [field, name] of Object.entries(names))
    if (name !== undefined && (name === "" || name.length > maxName))
      throw badRequest(`${field} must have 1 to ${maxName} characters; got ${name.length}.`);
}

/** Throws what names the option. */
export function checkPublish(options: PublishOptions): void {
  checkOptions(options, publishCall);
  const { id, partitionKey, ttlMs } = options;
  checkNames({ id, partitionKey });
  checkRange("ttlMs", ttlMs, publishCall.table.ttlMs);
}

/** What a subscription reads. Throws what names the option, and what the broker cannot take now. */
export function checkSubscribe(
  pattern: TopicPattern | string,
  options: SubscribeOptions,
  broker: { readonly isClosed: boolean; readonly readers: number; readonly maxSubscriptions: number },
): TopicPattern {
  const wanted = topicPattern(pattern);
  checkOptions(options, subscribeCall);
  const { table } = subscribeCall;
  checkNames({ fromId: options.fromId, group: options.group });
  checkRange("fromTimestamp", options.fromTimestamp, table.fromTimestamp);
  checkRange("buffer", options.buffer, table.buffer);
  if (broker.isClosed) throw brokerClosed();
  if (broker.readers >= broker.maxSubscriptions) throw tooManySubscriptions(broker.maxSubscriptions);
  return wanted;
}
