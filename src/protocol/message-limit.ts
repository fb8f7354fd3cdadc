/** What both sides hold a message to, unless a setting says otherwise. */

export const defaultMaxMessageBytes = 4 * 1024 * 1024;

/** In characters. Every answer carries its request's id, and is kept by it. */
const maxRequestId = 1_024;

/** The longest request id that can be answered: beside a small limit for messages, some text always fits with it. */
export const requestIdLimit = (maxMessageBytes: number): number =>
  Math.min(maxRequestId, Math.floor(maxMessageBytes / 4));
