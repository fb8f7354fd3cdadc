/** A logger whose lines become messages to the thread that can write them. */
import type { Logger } from "../logger.js";
import type { LogLevel, LogLine } from "./worker-messages.js";

export function forwardingLogger(tell: (line: LogLine) => void): Logger {
  const at = (level: LogLevel) => (fields: object, message: string) =>
    tell({ type: "log", level, fields, message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
