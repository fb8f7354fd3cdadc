/**
 * Where events are in a stream: the subject `STREAM.LANE.TOPIC`. Events with the same partition key share a lane, which a
 * group reads one event at a time; those without a key are in a lane of their own, `n`.
 */
import { createHash } from "node:crypto";
import type { TopicPattern } from "../connectors/events/topic-pattern.js";

/** What a stream may be called, and what of a group's name stays as it is. */
export const plainName = /^[\w-]{1,64}$/;

/** The lane of events without a key. */
export const openLane = "n";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

export const laneOf = (partitionKey: string | undefined, lanes: number): string =>
  partitionKey === undefined ? openLane : String(digest(partitionKey).readUInt32BE() % lanes);

/** `>` is a wildcard in subjects. */
const escaped = (word: string): string => word.replace(/[%>]/g, (sign) => (sign === ">" ? "%3E" : "%25"));

const unescaped = (topic: string): string =>
  topic.replace(/%3E|%25/g, (code) => (code === "%25" ? "%" : ">"));

export const subjectOf = (stream: string, lane: string, topic: string): string =>
  `${stream}.${lane}.${escaped(topic)}`;

export const topicOf = (stream: string, subject: string): string =>
  unescaped(subject.slice(subject.indexOf(".", stream.length + 1) + 1));

/** What the server filters by: everything that fits the pattern, and with a `**` in the middle more than that. */
export function filterOf(stream: string, lane: string, pattern: TopicPattern): string {
  const begin = `${stream}.${lane}`;
  if (pattern === "All") return `${begin}.>`;
  if ("Exact" in pattern) return `${begin}.${escaped(pattern.Exact)}`;
  const words = pattern.Glob.split(".");
  const deep = words.indexOf("**");
  const exact = (deep < 0 ? words : words.slice(0, deep)).map(escaped);
  return [begin, ...exact, ...(deep < 0 ? [] : [">"])].join(".");
}

/** The name of a group's consumer for one lane: a group may be called anything, a consumer may not. */
export function consumerOf(group: string, lane: string): string {
  const name = plainName.test(group) ? `g_${group}` : `h_${digest(group).toString("hex").slice(0, 40)}`;
  return `${name}-${lane}`;
}
