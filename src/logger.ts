/**
 * The smallest logger Mooring needs: the object first, then a static message, as pino has it, so a pino
 * instance fits as it is. Mooring is silent unless one is given.
 */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const ignore = () => {};

/** The default: says nothing. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
