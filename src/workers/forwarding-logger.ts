/** A logger whose lines become messages to the thread that can write them. */
import type { Logger } from "../logger.js";
import { portableError } from "./portable-error.js";
import type { LogLevel, LogLine } from "./protocol.js";

/** An error may carry what cannot cross. */
const portable = (fields: object): object =>
  "err" in fields ? { ...fields, err: portableError(fields.err) } : fields;

export function forwardingLogger(tell: (line: LogLine) => void): Logger {
  const at = (level: LogLevel) => (fields: object, message: string) =>
    tell({ type: "log", level, fields: portable(fields), message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
