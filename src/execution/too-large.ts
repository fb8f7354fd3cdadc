/** What callers are told of messages that were too large. */

/** A request beyond our own limit. */
export const requestTooLarge = (bytes: number, maxMessageBytes: number): string =>
  `message too large: the request of ${bytes} bytes is above maxMessageBytes (${maxMessageBytes}); send less at once, or raise maxMessageBytes`;

/** A result beyond the gateway's. */
export const answerTooLarge = (bytes: number): string =>
  `message too large: the gateway ended every stream that carried the answer of ${bytes} bytes; send less at once, or raise the gateway's limit`;

/** For the log. */
export const answerReplaced = "an answer that the gateway does not take was replaced by a failure";
