/** One worker thread as the runtime sees it: started, spoken to, and ended for certain. */
import type { Worker } from "node:worker_threads";
import { BoardReader, boardMemory, type HandlerName } from "../execution/handler-board.js";
import { nodeWorkerThreads } from "../late-modules.js";
import type { RuntimeStatus } from "../runtime/status.js";
import { AskedInvocations } from "./crossing-invocations.js";
import { type Death, deathOf } from "./death.js";
import { silenceInWords } from "./silence-words.js";
import { Watchdog } from "./watchdog.js";
import type {
  FromWorker,
  LastWords,
  ToWorker,
  WorkerData,
  WorkerEnd,
  WorkerInput,
} from "./worker-messages.js";

/** How long a thread may take to end when told to, in ms; one that a handler blocks never does. */
const farewellMs = 2_000;

/** How a thread ended: in order, without a module to serve, or by dying. */
export type Outcome =
  | { readonly how: "ended"; readonly end: WorkerEnd }
  | { readonly how: "unusable"; readonly message: string; readonly cause: Error | undefined }
  | { readonly how: "died"; readonly death: Death };

export type WorkerMessage = Exclude<
  FromWorker,
  { type: "ended" | "unusable" | "handler" | "dying" | "invoked" }
>;

export interface WorkerEvents {
  message(message: WorkerMessage): void;
  /** The thread is gone. The last event, once. */
  over(outcome: Outcome): void;
}

export class WorkerThread {
  /** From 1. A replacement has the number of the one before. */
  readonly number: number;
  channels: RuntimeStatus["channels"] = [];
  readonly watchdog: Watchdog;
  /** Invocations by its registrations that were asked for in this thread. */
  readonly invocations = new AskedInvocations((asked) => this.post(asked));
  readonly #handlers = new Map<number, HandlerName>();
  readonly #board: BoardReader;
  readonly #worker: Worker;
  readonly #gone: Promise<void>;

  constructor(number: number, input: WorkerInput, mostQuietLooks: number, events: WorkerEvents) {
    this.number = number;
    const board = boardMemory();
    this.#board = new BoardReader(board, this.#handlers);
    this.watchdog = new Watchdog(mostQuietLooks, () => this.#board.holder());
    this.#worker = new (nodeWorkerThreads().Worker)(new URL("./thread.js", import.meta.url), {
      workerData: { ...input, board } satisfies WorkerData,
      name: `mooring-${number}`,
    });
    let farewell: Outcome | undefined;
    let lastWords: LastWords | undefined;
    let cause: unknown;
    this.#worker.on("message", (message: FromWorker) => {
      if (message.type === "handler") return void this.#handlers.set(message.number, message.name);
      if (message.type === "invoked") return this.invocations.ended(message);
      if (message.type === "dying") {
        lastWords = message;
        return;
      }
      if (message.type === "unusable")
        farewell = { how: "unusable", message: message.message, cause: message.cause };
      else if (message.type !== "ended") return events.message(message);
      else farewell = { how: "ended", end: message };
      // What the module left running in its thread must not keep it.
      void this.#worker.terminate();
    });
    this.#worker.on("error", (error) => {
      cause = error;
    });
    this.#gone = new Promise((resolve) => {
      this.#worker.on("exit", (code) => {
        const death = deathOf(number, code, cause, lastWords, this.#board.holder()?.name);
        this.invocations.lost();
        events.over(farewell ?? { how: "died", death });
        resolve();
      });
    });
  }

  /** Undefined while it answers; else for how long it has not, and what runs in it at this moment. */
  get silence(): string | undefined {
    const { silence } = this.watchdog;
    return silence && silenceInWords(this.number, silence, this.#board.holder(), this.#board.underWay());
  }

  post(command: ToWorker): void {
    this.#worker.postMessage(command);
  }

  /** Ends it as it is. */
  cutOff(): void {
    void this.#worker.terminate();
  }

  /** Closes what it hosts; a thread that does not end in time is cut off. Resolves when it is gone. */
  async end(): Promise<void> {
    this.post({ type: "close" });
    const timer = setTimeout(() => this.cutOff(), farewellMs);
    await this.#gone;
    clearTimeout(timer);
  }
}
