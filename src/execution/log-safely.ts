import type { Logger } from "../logger.js";

/** A logger that fails must neither end the stream nor keep the requests that wait. */
export function logSafely(
  logger: Logger,
  level: "info" | "warn" | "error",
  fields: object,
  text: string,
): void {
  try {
    logger[level](fields, text);
  } catch {
    // There is nobody to tell.
  }
}
