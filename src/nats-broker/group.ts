/** A consumer group at the server: a durable consumer for each lane. It is made by its first reader, and stays. */
import type { ConsumerConfig, ConsumerInfo } from "@nats-io/jetstream";
import { groupReadsAnother } from "../connectors/events/broker-words.js";
import type { TopicPattern } from "../connectors/events/topic-pattern.js";
import { apiCodes, isApiError } from "./failures.js";
import type { Opened } from "./link.js";
import type { Settings } from "./options.js";
import { nanos } from "./stream.js";
import { consumerOf, filterOf, openLane } from "./subjects.js";

const patternName = "mooring-pattern";
const sinceName = "mooring-since";

export interface GroupSpec {
  readonly group: string;
  readonly pattern: TopicPattern;
  readonly buffer: number;
  /** The place in the stream where a new group begins, as a consumer's options have it. */
  readonly start: Partial<ConsumerConfig>;
  /** Events that were published before that are not handed out. */
  readonly since: number | undefined;
}

export interface GroupLane {
  readonly consumer: string;
  /** Of events with keys, which one reader has at a time. */
  readonly isKeyed: boolean;
}

export interface FoundGroup {
  readonly lanes: readonly GroupLane[];
  readonly since: number;
  readonly ackWaitMs: number;
}

async function foundOrMade(
  { jsm }: Opened,
  stream: string,
  config: Partial<ConsumerConfig> & { readonly durable_name: string },
): Promise<ConsumerInfo> {
  try {
    return await jsm.consumers.info(stream, config.durable_name);
  } catch (error) {
    if (!isApiError(error, apiCodes.consumerNotFound)) throw error;
  }
  try {
    return await jsm.consumers.add(stream, config);
  } catch (error) {
    // Another process was faster.
    if (isApiError(error, ...apiCodes.consumerNames)) return jsm.consumers.info(stream, config.durable_name);
    throw error;
  }
}

export async function joinGroup(opened: Opened, settings: Settings, spec: GroupSpec): Promise<FoundGroup> {
  const { stream } = settings;
  const { group, pattern, buffer, start, since } = spec;
  const told = JSON.stringify(pattern);
  const metadata = { [patternName]: told, ...(since === undefined ? {} : { [sinceName]: String(since) }) };
  const make = (lane: string, begin: Partial<ConsumerConfig>) =>
    foundOrMade(opened, stream, {
      durable_name: consumerOf(group, lane),
      ack_policy: "explicit",
      ack_wait: nanos(settings.ackWaitMs),
      max_deliver: -1,
      // In a lane of keys one event is out at a time: that keeps those of a key in order, with one reader.
      max_ack_pending: lane === openLane ? buffer : 1,
      filter_subject: filterOf(stream, lane, pattern),
      ...begin,
    });
  const first = await make(openLane, { ...start, metadata });
  const { config } = first;
  const theirs = config.metadata?.[patternName] ?? "something else";
  if (theirs !== told) throw groupReadsAnother(theirs);
  // All lanes begin where the first reader has begun, whoever makes them.
  const { deliver_policy, opt_start_seq, opt_start_time } = config;
  const begin = {
    deliver_policy,
    ...(opt_start_seq === undefined ? {} : { opt_start_seq }),
    ...(opt_start_time === undefined ? {} : { opt_start_time }),
    metadata: config.metadata ?? metadata,
  };
  const keyed = Array.from({ length: opened.lanes }, (_, lane) => String(lane));
  await Promise.all(keyed.map((lane) => make(lane, begin)));
  return {
    lanes: [openLane, ...keyed].map((lane) => ({
      consumer: consumerOf(group, lane),
      isKeyed: lane !== openLane,
    })),
    since: Number(config.metadata?.[sinceName] ?? Number.NEGATIVE_INFINITY),
    ackWaitMs: (config.ack_wait ?? nanos(settings.ackWaitMs)) / 1_000_000,
  };
}
