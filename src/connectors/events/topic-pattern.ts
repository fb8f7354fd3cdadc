/**
 * Topics are words between dots, such as `orders.eu.created`. A pattern is a topic, a glob, or all topics: `*` stands for
 * one word, `**` for any number of words, at the end for one at least.
 */
import { isObject } from "../../is-object.js";
import { badRequest, kindOf } from "../bad-request.js";

/** A pattern as it travels. */
export type TopicPattern =
  /** One topic. */
  | { readonly Exact: string }
  /** Topics that fit. */
  | { readonly Glob: string }
  /** Every topic. */
  | "All";

/** Characters of a topic, and words in it. */
const most = { characters: 512, words: 32 };

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a topic may not have
const unfit = /[\s\u0000-\u001f\u007f]|\p{Cs}/u;

function wordsOf(topic: unknown, what: string): readonly string[] {
  if (typeof topic !== "string" || topic === "")
    throw badRequest(
      `${what} must be a text such as "orders.created"; got ${topic === "" ? "an empty one" : kindOf(topic)}.`,
    );
  const words = topic.split(".");
  if (topic.length > most.characters || words.length > most.words)
    throw badRequest(`${what} must have at most ${most.characters} characters and ${most.words} words.`);
  if (unfit.test(topic) || words.includes(""))
    throw badRequest(`${what} must be words between dots, without spaces and empty words.`);
  return words;
}

/** Throws INVALID_PARAMS for what events cannot be published on. */
export function checkTopic(topic: unknown): asserts topic is string {
  const words = wordsOf(topic, "topic");
  if (words.some((word) => word.includes("*")))
    throw badRequest("topic must have no *: that is for patterns.");
}

/** A text is a pattern, too: `*` and `**` mean all topics, one with a `*` is a glob. Throws INVALID_PARAMS. */
export function topicPattern(given: unknown): TopicPattern {
  if (given === "All" || given === "*" || given === "**") return "All";
  if (typeof given === "string") return given.includes("*") ? globOf(given) : exactOf(given);
  if (isObject(given) && Object.keys(given).length === 1) {
    if ("Exact" in given) return exactOf(given.Exact);
    if ("Glob" in given) return given.Glob === "*" || given.Glob === "**" ? "All" : globOf(given.Glob);
  }
  throw badRequest(`pattern must be a text, {"Exact": …}, {"Glob": …} or "All"; got ${kindOf(given)}.`);
}

function exactOf(topic: unknown): TopicPattern {
  checkTopic(topic);
  return { Exact: topic };
}

function globOf(glob: unknown): TopicPattern {
  const words = wordsOf(glob, "pattern");
  if (words.some((word) => word.includes("*") && word !== "*" && word !== "**"))
    throw badRequest("pattern must have * and ** as whole words, such as orders.*.created or orders.**.");
  return { Glob: words.join(".") };
}

/**
 * Whether words match, one after the other: `reached` has the places in the pattern that may be next. No words are tried
 * twice, so that a pattern of many `**` takes no longer than their number.
 */
function matchesGlob(pattern: readonly string[], words: readonly string[]): boolean {
  const last = pattern.length - 1;
  let reached = new Set([0]);
  const skip = (places: Set<number>): Set<number> => {
    // Only in the middle ** may stand for nothing.
    for (const place of places) if (pattern[place] === "**" && place < last) places.add(place + 1);
    return places;
  };
  skip(reached);
  for (const word of words) {
    const next = new Set<number>();
    for (const place of reached) {
      const part = pattern[place];
      if (part === "**") {
        next.add(place);
        if (place === last) next.add(place + 1);
      } else if (part === "*" || part === word) next.add(place + 1);
    }
    reached = skip(next);
  }
  return reached.has(pattern.length);
}

/** A function that tells whether a topic fits the pattern. */
export function topicMatcher(pattern: TopicPattern): (topic: string) => boolean {
  if (pattern === "All") return () => true;
  if ("Exact" in pattern) return (topic) => topic === pattern.Exact;
  const parts = pattern.Glob.split(".");
  return (topic) => matchesGlob(parts, topic.split("."));
}
