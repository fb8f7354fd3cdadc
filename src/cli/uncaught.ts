/** What nobody caught, in a process that hosts handlers: said in one line, then what runs is finished, then it ends. */
import { fileURLToPath } from "node:url";
import { textOf } from "../errors.js";
import { locationInStack } from "../workers/error-location.js";
import { exitCodes } from "./exit-codes.js";
import { foreign } from "./foreign-text.js";
import { complain } from "./lines.js";

const kinds = {
  unhandledRejection: "an unhandled rejection",
  uncaughtException: "an exception that nobody caught",
} as const;

function said(thrown: unknown, origin: NodeJS.UncaughtExceptionOrigin, module: string): string {
  const at = thrown instanceof Error ? locationInStack(thrown, fileURLToPath(module)) : undefined;
  return `mooring: ${kinds[origin]} in this process (perhaps of a handler${at ? `: ${at}` : ""}): ${textOf(thrown)}`;
}

/** Runs `end` at the first one. A module or a program that listens itself decides itself. */
export class Uncaught {
  readonly #module: string;
  #resolve: (code: number) => void = () => {};
  #state: "watching" | "ending" = "watching";
  /** The exit code, when `end` is over. */
  readonly ended = new Promise<number>((resolve) => {
    this.#resolve = resolve;
  });

  readonly #listener: NodeJS.UncaughtExceptionListener;

  /** `commandListeners`: how many listen for the command that this is in, which is none in a program. */
  constructor(module: string, commandListeners: number, end: () => Promise<unknown>) {
    this.#module = module;
    this.#listener = (thrown, origin) => {
      if (process.listenerCount("uncaughtException") <= commandListeners + 1) this.#meet(thrown, origin, end);
    };
    process.on("uncaughtException", this.#listener);
  }

  /** Listens no more. */
  close(): void {
    process.off("uncaughtException", this.#listener);
  }

  /** Whether it has met one: the process ends with the code of `ended`. */
  get isEnding(): boolean {
    return this.#state === "ending";
  }

  #meet(thrown: unknown, origin: NodeJS.UncaughtExceptionOrigin, end: () => Promise<unknown>): void {
    complain(foreign(said(thrown, origin, this.#module)));
    if (this.#state === "ending") return;
    this.#state = "ending";
    const over = () => this.#resolve(exitCodes.failed);
    end().then(over, over);
  }
}
