/** Whether an event tells of a failure, and of which. */
import type { Message } from "../../src/recording/senders.js";
import type { Fields } from "../feed/told.js";

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

const wordIn = (failure: unknown): string => {
  const { cause, code } = isFields(failure) ? failure : {};
  return [cause, code].find((word) => typeof word === "string") ?? "failed";
};

/** An opening that looks for a token first, and finds none, has not spoken to the gateway. */
function isOfNoToken(event: string, { output }: Fields): boolean {
  return event === "xstate.done.actor.opening" && isFields(output) && output.ok === false && !output.failure;
}

/** From who has told of it. */
export function toldBy(message: Message, facts: Fields): Message {
  return isOfNoToken(message.event, facts) ? { ...message, from: "credentials" } : message;
}

/** In a word; undefined: it tells of none. */
export function failureIn(event: string, facts: Fields): string | undefined {
  const { failure, output } = facts;
  if (isFields(failure)) return wordIn(failure);
  if (isOfNoToken(event, facts)) return "no token at hand";
  if (isFields(output) && output.ok === false) return wordIn(output.failure ?? output);
  if (event.startsWith("xstate.error.")) return "failed";
  if (event === "liveness.deaf") return "no heartbeat answered";
  return /^xstate\.after\..*Deadline/.test(event) ? "no answer in time" : undefined;
}
