/**
 * A connector whose handlers have threads of their own, so that work which never lets go of its processor holds
 * up neither heartbeats nor other connectors. A handler that does not stop at its time limit is ended with its
 * thread.
 */
import type { Worker } from "node:worker_threads";
import {
  type Connector,
  type ConnectorRequest,
  RawAnswer,
  type RequestContext,
} from "../connectors/connector.js";
import { fixed } from "../connectors/description.js";
import type { Invoke } from "../connectors/invoke.js";
import { invalidConfig, MooringError } from "../errors.js";
import { BoardReader, boardMemory } from "../execution/handler-board.js";
import { nodeWorkerThreads } from "../late-modules.js";
import { checkOptions } from "../options/check.js";
import { bounded } from "../options/ranges.js";
import { defaultMaxMessageBytes } from "../protocol/limits.js";
import { moduleUrl } from "../runtime/worker-settings.js";
import { MadeInvocations } from "./crossing-invocations.js";
import { countHere } from "./crossing-metrics.js";
import type { Description, FromHandler, HandlerData, HandlerInput, ToHandler } from "./handler-messages.js";
import { threadConnectorCall } from "./option-table.js";
import { type BlockedThread, blockedInWords, fewestBlockedMs } from "./thread-words.js";

/** How long a handler may take to notice that its signal was aborted, in ms, before its thread is ended. */
const abortGraceMs = 250;

/** Options of `threadConnector`. */
export interface ThreadConnectorOptions {
  /** The module that exports the connector: a file URL or an absolute path. */
  readonly module: URL | string;
  /**
   * Which of its connectors.
   * @default the only one
   */
  readonly connectorType?: string;
  /**
   * Requests that run at once, each in a thread of its own; more wait in the order in which they came.
   * @default 1
   */
  readonly threads?: number;
}

/** A connector with threads; `close()` ends them. They do not keep the process alive. */
export interface ThreadConnector extends Connector, AsyncDisposable {
  /** Ends its threads, and the requests in them. */
  close(): Promise<void>;
}

/** A failure in the thread, or of it: what nobody meant to throw is the cause; the code of a tool's error travels on. */
class ThreadFailure extends MooringError {
  constructor(message: string, unexpected?: Error, toolCode?: string) {
    super("INVOKE_FAILED", message, unexpected ? { cause: unexpected, toolCode } : { toolCode });
  }
}

class Task {
  readonly request: ConnectorRequest;
  readonly context: RequestContext;
  readonly answer: Promise<RawAnswer>;
  resolve: (answer: RawAnswer) => void = () => {};
  reject: (error: unknown) => void = () => {};

  constructor(request: ConnectorRequest, context: RequestContext) {
    this.request = request;
    this.context = context;
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/** What a thread does now. */
interface Current {
  readonly task: Task;
  readonly since: number;
  readonly leave: () => void;
}

/** One thread, with at most one task. */
class HandlerThread {
  readonly described: Promise<Description>;
  readonly #worker: Worker;
  readonly #gone: Promise<void>;
  readonly #board: BoardReader;
  /** While it loads its module nobody asks whether it answers. */
  #state: "loading" | "loaded" = "loading";
  readonly #free: (thread: HandlerThread) => void;
  #current: Current | undefined;
  readonly #invocations = new MadeInvocations(
    (requestId) => this.#invokeOf(requestId),
    (end) => this.#post(end),
  );

  constructor(
    input: HandlerInput,
    on: { free(thread: HandlerThread): void; gone(thread: HandlerThread): void },
  ) {
    this.#free = on.free;
    const board = boardMemory(8);
    this.#board = new BoardReader(board, new Map());
    this.#worker = new (nodeWorkerThreads().Worker)(new URL("./handler-thread.js", import.meta.url), {
      workerData: { ...input, board } satisfies HandlerData,
      name: "mooring-handler",
    });
    let reason = "it ended by itself";
    let crash: Error | undefined;
    this.described = new Promise((resolve, reject) => {
      this.#worker.on("message", (message: FromHandler) => {
        if (message.type === "ready") resolve(this.#ready(message.description));
        else if (message.type === "unusable") reject(invalidConfig(message.message, message.cause));
        else this.#hear(message);
      });
      this.#worker.on("error", (error) => {
        crash = error instanceof Error ? error : new Error(String(error));
        reason = crash.message;
      });
      this.#worker.on("exit", () =>
        reject(new MooringError("INTERNAL", `The handler's thread is gone: ${reason}`)),
      );
    });
    this.described.catch(() => {});
    this.#gone = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#settle()?.reject(new ThreadFailure(`The handler's thread is gone: ${reason}`, crash));
        on.gone(this);
        resolve();
      });
    });
  }

  run(task: Task): void {
    const { request, context } = task;
    // A copy to give away: the original may be part of a socket's buffer, and a Buffer's slice is no copy.
    const bytes = new Uint8Array(request.bytes);
    const { requestId, capabilityId, encoding } = request;
    const draining = context.draining.aborted;
    const { maxMessageBytes = defaultMaxMessageBytes } = context;
    this.#current = { task, since: performance.now(), leave: this.#watch(context) };
    this.#post(
      {
        type: "execute",
        job: {
          requestId,
          capabilityId,
          encoding,
          bytes,
          context: { ...context.context },
          draining,
          maxMessageBytes,
          remainingMs: Math.max(0, context.deadline - Date.now()),
        },
      },
      [bytes.buffer],
    );
  }

  /** The request that holds it for longer than a thread may be silent. */
  blocked(): BlockedThread | undefined {
    if (!this.#current || this.#state === "loading") return undefined;
    const { task, since } = this.#current;
    const holder = this.#board.holder();
    // The board may tell of an earlier request until this one has begun.
    const forMs = Math.min(holder?.forMs ?? this.#board.quietForMs(), performance.now() - since);
    if (forMs < fewestBlockedMs) return undefined;
    const { requestId, capabilityId } = task.request;
    return { requestId, capabilityId, forMs, isHeld: holder !== undefined };
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
    await this.#gone;
  }

  /** Until now the process waits for it; from here on, only what uses it keeps the process alive. */
  #ready(description: Description): Description {
    this.#worker.unref();
    this.#state = "loaded";
    return description;
  }

  /** A handler that goes on after its answer must not ask in the name of the next request. */
  #invokeOf(requestId: string): Invoke {
    const { request, context } = this.#current?.task ?? {};
    if (context && request?.requestId === requestId) return context.invoke;
    throw new MooringError("NOT_RUNNING", "The request is over: it can invoke nobody any more.");
  }

  #post(command: ToHandler, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(command, transfer);
  }

  #hear(message: Exclude<FromHandler, { type: "ready" | "unusable" }>): void {
    if (message.type === "log") {
      this.#current?.task.context.logger[message.level](message.fields, message.message);
      return;
    }
    if (message.type === "invoke" || message.type === "uninvoke") return this.#invocations.take(message);
    if (message.type === "metric") {
      if (this.#current) countHere(this.#current.task.context.metrics, message);
      return;
    }
    const task = this.#settle();
    if (message.type === "answered") task?.resolve(new RawAnswer(message.bytes, message.encoding));
    else task?.reject(new ThreadFailure(message.message, message.unexpected, message.toolCode));
    this.#free(this);
  }

  /** Passes the signals on. Returns how to stop that. */
  #watch({ signal, draining }: RequestContext): () => void {
    let grace: NodeJS.Timeout | undefined;
    const abort = () => {
      this.#post({ type: "abort", reason: String(signal.reason?.message ?? signal.reason) });
      grace = setTimeout(() => void this.#worker.terminate(), abortGraceMs);
    };
    const drain = () => this.#post({ type: "drain" });
    signal.addEventListener("abort", abort, { once: true });
    draining.addEventListener("abort", drain, { once: true });
    return () => {
      clearTimeout(grace);
      signal.removeEventListener("abort", abort);
      draining.removeEventListener("abort", drain);
    };
  }

  #settle(): Task | undefined {
    const { task, leave } = this.#current ?? {};
    this.#current = undefined;
    leave?.();
    this.#invocations.end();
    return task;
  }
}

/** The threads of one connector, and the tasks that wait for one. */
class HandlerThreads {
  readonly #input: HandlerInput;
  readonly #most: number;
  readonly #idle = new Set<HandlerThread>();
  readonly #all = new Set<HandlerThread>();
  readonly #waiting = new Set<Task>();
  #life: "open" | "closed" = "open";

  constructor(input: HandlerInput, most: number) {
    this.#input = input;
    this.#most = most;
  }

  /** Starts the first thread, which knows what the connector is. */
  describe(): Promise<Description> {
    const thread = this.#start();
    this.#idle.add(thread);
    return thread.described;
  }

  execute(request: ConnectorRequest, context: RequestContext): Promise<RawAnswer> {
    const task = new Task(request, context);
    if (this.#life === "closed")
      task.reject(new MooringError("NOT_RUNNING", "The connector's threads are closed."));
    else this.#enqueue(task);
    return task.answer;
  }

  /** Undefined while a thread answers, or another one may start. */
  blocked(connectorType: string): string | undefined {
    if (this.#all.size < this.#most) return undefined;
    const blocked: BlockedThread[] = [];
    for (const thread of this.#all) {
      const one = thread.blocked();
      if (!one) return undefined;
      blocked.push(one);
    }
    return blockedInWords(connectorType, blocked, this.#waiting.size);
  }

  async close(): Promise<void> {
    this.#life = "closed";
    await Promise.all([...this.#all].map((thread) => thread.end()));
  }

  #enqueue(task: Task): void {
    const { signal } = task.context;
    // Its answer is decided then: it must not take a thread from those that still wait for theirs.
    const leave = () => {
      if (this.#waiting.delete(task)) task.reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#waiting.add(task);
    this.#next();
  }

  #next(): void {
    const [task] = this.#waiting;
    if (!task || this.#life === "closed") return;
    const [idle] = this.#idle;
    if (!idle && this.#all.size >= this.#most) return;
    const thread = idle ?? this.#start();
    this.#idle.delete(thread);
    this.#waiting.delete(task);
    thread.run(task);
  }

  #start(): HandlerThread {
    const thread = new HandlerThread(this.#input, {
      free: (one) => {
        this.#idle.add(one);
        this.#next();
      },
      gone: (one) => {
        this.#all.delete(one);
        this.#idle.delete(one);
        this.#next();
      },
    });
    this.#all.add(thread);
    return thread;
  }
}

/**
 * The connector of a module, run in threads of its own. Resolves when the first thread has loaded the module;
 * rejects with INVALID_CONFIG when it has no such connector.
 *
 * @example
 * ```ts
 * import { createRuntime, threadConnector } from "mooring";
 *
 * const connector = await threadConnector({ module: new URL("./heavy.js", import.meta.url), threads: 2 });
 * createRuntime().add({ instanceId: "heavy-1", connector });
 * ```
 */
export async function threadConnector(options: ThreadConnectorOptions): Promise<ThreadConnector> {
  checkOptions(options, threadConnectorCall);
  const { connectorType } = options;
  const { threads } = threadConnectorCall.table;
  const most = bounded("threads", options.threads ?? threads.default, threads);
  const handlers = new HandlerThreads({ module: moduleUrl(options.module), connectorType }, most);
  const { timeouts, ...description } = await handlers.describe().catch(async (error: unknown) => {
    await handlers.close();
    throw error;
  });
  return {
    ...description,
    ...fixed(description),
    // Not what every object inherits: callers may ask for a tool of any name.
    timeoutFor: (capabilityId) =>
      capabilityId !== undefined && Object.hasOwn(timeouts, capabilityId)
        ? timeouts[capabilityId]
        : undefined,
    execute: (request, context) => handlers.execute(request, context),
    blocked: () => handlers.blocked(description.connectorType),
    close: () => handlers.close(),
    [Symbol.asyncDispose]: () => handlers.close(),
  };
}
