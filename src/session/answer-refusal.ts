/**
 * Whether the end of a stream speaks against an answer that was on it: a gateway that takes less than we send ends the
 * stream for it, and an answer that is sent again would end each later one.
 */
import type { AnswerRefusal } from "../execution/outbox.js";
import type { StreamEnding } from "../transport/transport.js";

/** What gateways also end a stream with that cannot take a message; not what they say when they restart. */
const doubtful: ReadonlySet<string> = new Set([
  "INTERNAL",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "OUT_OF_RANGE",
  "RST_PROTOCOL_ERROR",
  "RST_INTERNAL_ERROR",
  "RST_FLOW_CONTROL_ERROR",
  "RST_FRAME_SIZE_ERROR",
  "RST_ENHANCE_YOUR_CALM",
]);

export function answerRefusal({ by, failure }: StreamEnding): AnswerRefusal | undefined {
  if (by === "local") return undefined;
  const { cause, code } = failure;
  if (cause === "message-too-large" || code === "RESOURCE_EXHAUSTED") return "too-large";
  return doubtful.has(code ?? "") ? "perhaps" : undefined;
}
