/**
 * The smallest logger Mooring needs: the object first, then a static message, as pino has it, so a pino
 * instance fits as it is. Mooring is silent unless one is given.
 */
export interface Logger {
  /** What helps to find a fault. */
  debug(fields: object, message: string): void;
  /** What happened. */
  info(fields: object, message: string): void;
  /** What may need somebody. */
  warn(fields: object, message: string): void;
  /** What went wrong. */
  error(fields: object, message: string): void;
}

const ignore = () => {};

/** The default: says nothing. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
