/**
 * The work of one registration: slots, a bounded queue, time limits, exactly one answer per request, and the
 * outbox that carries answers over a reconnect. Outlives streams; knows no machine and no socket.
 */
import type { Connector } from "../connectors/connector.js";
import type { ExecuteRequest, StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Logger } from "../logger.js";
import { type Answer, failureAnswer, resultAnswer } from "./answers.js";
import { Outbox, type OutboxLimits } from "./outbox.js";
import { RequestQueue } from "./request-queue.js";
import { RunningRequest } from "./running-request.js";

/** Where answers go; a stream's session implements it. False: taken, but wait for `writable()`. */
export interface AnswerSender {
  send(message: StreamMessage): boolean;
}

export interface ExecutionOptions {
  readonly key: string;
  readonly connector: Connector;
  readonly maxConcurrentRequests: number;
  readonly maxQueuedRequests: number;
  /** In ms; the connector's own limit wins. */
  readonly requestTimeoutMs: number;
  readonly outbox: OutboxLimits;
  readonly logger: Logger;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Since 1970, in ms. */
  readonly wallClock: () => number;
}

/** Tells when nothing is left to do. */
export interface WorkListener {
  /** Nothing runs or waits; `unconfirmed` answers are still in the outbox. */
  finished(unconfirmed: number): void;
  /** Nothing runs, waits, or is unconfirmed. */
  settled(): void;
}

/** Cumulative figures, by the names of `protocol/transports.md` §7.7 where it has them. */
export interface WorkCounters {
  requests_received: number;
  requests_processed: number;
  requests_failed: number;
  bytes_received: number;
  bytes_sent: number;
  total_duration_ms: number;
  last_request_at_ms: number;
  timeouts: number;
  overloads: number;
  duplicates: number;
  evicted: number;
}

export interface WorkReport {
  readonly finished: number;
  readonly handedBack: number;
  readonly cancelled: number;
  /** Requests whose answers are unconfirmed or that were never answered. */
  readonly lost: readonly string[];
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  (typeof value === "object" || typeof value === "function") &&
  value !== null &&
  "then" in value &&
  typeof value.then === "function";

/** Answers after which a confirmation is worth a heartbeat. */
const confirmationBatch = 256;

/** How much later than its limit a request may be timed out: one timer serves all of them. */
const timeoutGrainMs = 20;

export class Execution {
  readonly #options: ExecutionOptions;
  readonly #timeoutMs: number;
  readonly #outbox: Outbox;
  readonly #queue = new RequestQueue();
  /** In the order they started, so the first is the first to time out. */
  readonly #running = new Map<string, RunningRequest>();
  readonly #listeners = new Set<WorkListener>();
  readonly counters: WorkCounters = {
    requests_received: 0,
    requests_processed: 0,
    requests_failed: 0,
    bytes_received: 0,
    bytes_sent: 0,
    total_duration_ms: 0,
    last_request_at_ms: 0,
    timeouts: 0,
    overloads: 0,
    duplicates: 0,
    evicted: 0,
  };
  #sender: AnswerSender | undefined;
  /** Answers waiting for `writable()`, oldest first; they are in the outbox too. */
  #unsent: string[] | undefined;
  #holds = 0;
  #drain: AbortController | undefined;
  #intake: "open" | "draining" | "closed" = "open";
  #watchdog: NodeJS.Timeout | undefined;
  #drained = { finished: 0, handedBack: 0, cancelled: 0 };

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.#timeoutMs = options.connector.timeoutMs ?? options.requestTimeoutMs;
    this.#outbox = new Outbox(options.outbox, options.now);
  }

  get running(): number {
    return this.#running.size;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** Answers that the gateway has not confirmed. */
  get unconfirmed(): number {
    return this.#outbox.size;
  }

  /** Whether enough is unconfirmed for a confirmation of its own: a reconnect would send all of it again. */
  get wantsConfirmation(): boolean {
    return this.#outbox.size >= confirmationBatch || this.#outbox.bytes > this.#outbox.limits.maxBytes / 2;
  }

  dispatch(request: ExecuteRequest): void {
    const { requestId } = request;
    const stored = this.#outbox.answerTo(requestId);
    if (stored || this.#running.has(requestId) || this.#queue.has(requestId)) {
      this.counters.duplicates += 1;
      if (stored) this.#hand(requestId, stored);
      return;
    }
    this.counters.requests_received += 1;
    this.counters.bytes_received += request.payload.length;
    this.counters.last_request_at_ms = this.#options.wallClock();
    if (this.#intake !== "open")
      return this.#refuse(requestId, "shutting down: the connector takes no new requests");
    if (this.#holds === 0 && this.#running.size < this.#options.maxConcurrentRequests)
      return this.#start(request);
    if (this.#queue.size < this.#options.maxQueuedRequests) return this.#queue.push(request);
    this.counters.overloads += 1;
    this.#refuse(requestId, "overloaded: too many requests are waiting");
  }

  /** A stream is open: what is unconfirmed goes out first, in order. Attaching the same sender again does nothing. */
  attach(sender: AnswerSender): void {
    if (this.#sender === sender) return;
    this.#outbox.streamLost();
    this.#sender = sender;
    this.#unsent = undefined;
    for (const { requestId, message } of this.#outbox.pending()) this.#hand(requestId, message);
  }

  /** The stream is gone; a later one's detach is not mistaken for this one's. */
  detach(sender: AnswerSender): void {
    if (this.#sender !== sender) return;
    this.#sender = undefined;
    this.#unsent = undefined;
    this.#outbox.streamLost();
  }

  /** The stream's buffer has room again. */
  writable(): void {
    const waiting = this.#unsent;
    this.#unsent = undefined;
    for (const requestId of waiting ?? []) {
      const message = this.#outbox.answerTo(requestId);
      if (message) this.#hand(requestId, message);
    }
  }

  /** Whether answers wait for room: the session stops reading then. */
  get saturated(): boolean {
    return this.#unsent !== undefined && this.#outbox.bytes > this.#outbox.limits.maxBytes / 2;
  }

  /** A point in the current stream, for {@link confirm}. */
  mark(): number {
    return this.#outbox.mark();
  }

  confirm(mark: number): void {
    this.#outbox.confirm(mark);
    this.#tell();
  }

  /** New requests wait until the returned function is called. */
  hold(): () => void {
    this.#holds += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      this.#fill();
    };
  }

  /** For good: new requests are refused, handlers see `draining`; what was taken before is finished. */
  drain(): void {
    if (this.#intake !== "open") return;
    this.#intake = "draining";
    this.#drain?.abort(new Error("The registration is draining."));
    this.#tell();
  }

  /** Aborts every running handler's signal and answers for it; what waited is refused. */
  cancelRunning(): void {
    const reason = new Error("cancelled: the connector is shutting down");
    for (const request of [...this.#running.values()]) {
      request.abort(reason);
      this.#drained.cancelled += 1;
      this.#finish(request, failureAnswer(request.requestId, reason, this.#since(request)));
    }
    for (let next = this.#queue.shift(); next; next = this.#queue.shift())
      this.#refuse(next.requestId, reason.message);
    this.#tell();
  }

  /** Calls the listener now if something holds already, then on each change. Returns how to leave. */
  watch(listener: WorkListener): () => void {
    this.#listeners.add(listener);
    this.#tellOne(listener);
    return () => this.#listeners.delete(listener);
  }

  report(): WorkReport {
    return { ...this.#drained, lost: [...this.#outbox.ids(), ...this.#running.keys(), ...this.#queue.ids()] };
  }

  /** Hard end: handlers' signals are aborted, timers are gone. */
  close(): void {
    this.#intake = "closed";
    clearTimeout(this.#watchdog);
    const reason = new Error("The connector was closed.");
    for (const request of this.#running.values()) request.abort(reason);
    this.#listeners.clear();
  }

  #start(request: ExecuteRequest): void {
    const { now, logger, connector } = this.#options;
    const startedAt = now();
    const running = new RunningRequest(
      request,
      logger,
      this.#drainSignal,
      startedAt,
      startedAt + this.#timeoutMs,
    );
    this.#running.set(request.requestId, running);
    let result: unknown;
    try {
      result = connector.execute(running, running);
    } catch (error) {
      return this.#finish(running, failureAnswer(running.requestId, error, this.#since(running)));
    }
    if (!isThenable(result))
      return this.#finish(running, resultAnswer(running.requestId, result, this.#since(running)));
    this.#watchTime();
    result.then(
      (value) => this.#finish(running, resultAnswer(running.requestId, value, this.#since(running))),
      (error: unknown) =>
        this.#finish(running, failureAnswer(running.requestId, error, this.#since(running))),
    );
  }

  readonly #drainSignal = (): AbortSignal => {
    this.#drain ??= new AbortController();
    if (this.#intake !== "open" && !this.#drain.signal.aborted)
      this.#drain.abort(new Error("The registration is draining."));
    return this.#drain.signal;
  };

  #since(request: RunningRequest): number {
    return this.#options.now() - request.startedAt;
  }

  /** The one place where a request leaves its slot; a second outcome of the same request does nothing. */
  #finish(request: RunningRequest, answer: Answer): void {
    if (request.answered) return;
    request.answered = true;
    this.#running.delete(request.requestId);
    const { counters } = this;
    if (answer.success) {
      counters.requests_processed += 1;
      counters.total_duration_ms += this.#since(request);
      counters.bytes_sent += answer.payloadBytes;
    } else {
      counters.requests_failed += 1;
    }
    if (this.#intake === "draining") this.#drained.finished += 1;
    this.#answer(request.requestId, answer);
    this.#fill();
    if (this.#listeners.size > 0) this.#tell();
  }

  #refuse(requestId: string, why: string): void {
    this.counters.requests_failed += 1;
    if (this.#intake === "draining") this.#drained.handedBack += 1;
    this.#answer(requestId, failureAnswer(requestId, new Error(why), 0));
  }

  #answer(requestId: string, answer: Answer): void {
    this.#outbox.add(requestId, answer.message, answer.payloadBytes);
    this.counters.evicted = this.#outbox.evicted;
    this.#hand(requestId, answer.message);
  }

  #hand(requestId: string, message: StreamMessage): void {
    if (!this.#sender) return;
    if (this.#unsent) {
      this.#unsent.push(requestId);
      return;
    }
    this.#outbox.sent(requestId);
    if (!this.#sender.send(message)) this.#unsent = [];
  }

  #fill(): void {
    while (this.#holds === 0 && this.#running.size < this.#options.maxConcurrentRequests) {
      const next = this.#queue.shift();
      if (!next) return;
      this.#start(next);
    }
  }

  #watchTime(): void {
    if (this.#watchdog) return;
    const [first] = this.#running.values();
    if (!first) return;
    const wait = Math.max(timeoutGrainMs, first.deadline - this.#options.now());
    this.#watchdog = setTimeout(() => {
      this.#watchdog = undefined;
      this.#timeOut();
    }, wait);
    this.#watchdog.unref();
  }

  #timeOut(): void {
    const now = this.#options.now();
    for (const request of [...this.#running.values()]) {
      if (request.deadline > now) break;
      const reason = new Error(`timed out: the request took longer than ${this.#timeoutMs} ms`);
      request.abort(reason);
      this.counters.timeouts += 1;
      this.#finish(request, failureAnswer(request.requestId, reason, this.#since(request)));
    }
    this.#watchTime();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) this.#tellOne(listener);
  }

  #tellOne(listener: WorkListener): void {
    if (this.#running.size > 0) return;
    if (this.#queue.size > 0 && this.#holds === 0) return;
    if (this.#outbox.size === 0 && this.#queue.size === 0) listener.settled();
    else listener.finished(this.#outbox.size);
  }
}
