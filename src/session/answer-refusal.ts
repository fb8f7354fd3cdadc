/**
 * Whether the end of a stream speaks against an answer that was on it: a gateway that takes less than we send ends the
 * stream for it, and an answer that is sent again would end each later one.
 */
import type { AnswerRefusal } from "../execution/outbox.js";
import type { StreamEnding } from "../transport/transport.js";

export function answerRefusal({ by, failure, mayBlameMessage }: StreamEnding): AnswerRefusal | undefined {
  if (by === "local") return undefined;
  if (failure.cause === "message-too-large" || failure.cause === "peer-exhausted") return "too-large";
  return mayBlameMessage ? "perhaps" : undefined;
}
