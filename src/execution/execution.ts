/**
 * The work of one registration: slots, a bounded queue, time limits, exactly one answer per request, and the
 * outbox that carries answers over a reconnect. Outlives streams; knows no machine and no socket.
 */
import { isThenable } from "../connectors/thenable.js";
import { unexpectedFacts } from "../connectors/unexpected-error.js";
import type { ExecuteRequest } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { defaultMaxMessageBytes, requestIdLimit } from "../protocol/limits.js";
import { payloadBytesOfRequest } from "../protocol/received-request.js";
import { RequestDurations } from "../protocol/request-durations.js";
import { type Answer, failureAnswer, resultAnswer } from "./answers.js";
import { type AnswerSender, Delivery } from "./delivery.js";
import type { ExecutionOptions } from "./execution-options.js";
import { GuardedTap, tapFailed } from "./guarded-tap.js";
import { type HandlerBoard, privateBoard } from "./handler-board.js";
import { HandlerNumbers } from "./handler-numbers.js";
import { logSafely } from "./log-safely.js";
import { openRequests } from "./open-requests.js";
import type { AnswerRefusal } from "./outbox.js";
import { RequestQueue } from "./request-queue.js";
import { OwnSurroundings } from "./request-surroundings.js";
import type { OpenRequest, RequestOutcome, RequestTap, WatchableRequests } from "./request-tap.js";
import { RunningRequest } from "./running-request.js";
import { RunningRequests } from "./running-requests.js";
import { Slots } from "./slots.js";
import { Suspects } from "./suspects.js";
import { TimeLimits } from "./time-limits.js";
import { answerReplaced, answerTooLarge, requestTooLarge } from "./too-large.js";
import { countAnswer, countRequest, noWork, type WorkCounters, type WorkReport } from "./work-counters.js";
import { noWorkSigns, type WorkSigns } from "./work-signs.js";
import { type WorkLeft, type WorkListener, WorkWatch } from "./work-watch.js";

export type { AnswerSender } from "./delivery.js";
export type { ExecutionOptions } from "./execution-options.js";

export class Execution implements WatchableRequests {
  readonly #options: ExecutionOptions;
  readonly #surroundings: OwnSurroundings;
  readonly #maxMessageBytes: number;
  readonly #maxRequestId: number;
  readonly #delivery: Delivery;
  readonly #queue = new RequestQueue();
  readonly #board: HandlerBoard;
  readonly #running = new RunningRequests();
  readonly slots: Slots;
  readonly #watch = new WorkWatch(this);
  readonly counters: WorkCounters = noWork();
  readonly durations = new RequestDurations();
  readonly signs: WorkSigns = noWorkSigns();
  /** These three are made when first needed: of thousands of registrations, many never get a request. */
  #limits: TimeLimits | undefined;
  #numbers: HandlerNumbers | undefined;
  #suspects: Suspects | undefined;
  /** Undefined while nobody looks. */
  #tap: RequestTap | undefined;
  /** Whose stream was served when the drain began: while handlers run, callers are told on it that nobody here takes more. */
  #drainedStream: AnswerSender | undefined;
  #intake: "open" | "draining" | "closed" = "open";
  #filling = false;
  #drained = { finished: 0, handedBack: 0, cancelled: 0 };

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.#maxMessageBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
    this.#surroundings = new OwnSurroundings(options, this.#maxMessageBytes);
    this.#maxRequestId = requestIdLimit(this.#maxMessageBytes);
    this.#delivery = new Delivery(options.outbox, options.now);
    this.slots = new Slots(options);
    this.#board = options.board ?? privateBoard();
  }

  get suspects(): Suspects {
    this.#suspects ??= new Suspects(
      this.#options.connector.connectorType,
      this.#running,
      this.#delivery,
      this.#queue,
      () => this.#fill(),
    );
    return this.#suspects;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Why the connector can take no request now; undefined while it can. */
  get blocked(): string | undefined {
    return this.#options.connector.blocked?.();
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** As a status has it. */
  get work() {
    const { running, queued, unconfirmed } = this;
    return { running, queued, slots: this.slots.count, unconfirmed };
  }

  /** Answers that the gateway has not confirmed. */
  get unconfirmed(): number {
    return this.#delivery.unconfirmed;
  }

  /** Whether enough is unconfirmed for a confirmation of its own. */
  get wantsConfirmation(): boolean {
    return this.#delivery.wantsConfirmation;
  }

  /** Whether answers wait for room: the session stops reading then. */
  get saturated(): boolean {
    return this.#delivery.saturated;
  }

  dispatch(request: ExecuteRequest): void {
    const { requestId, capabilityId } = request;
    if (requestId.length > this.#maxRequestId) return this.#drop(`its id has ${requestId.length} characters`);
    if (this.#isKnown(requestId) || this.#leavesToNext()) return;
    countRequest(this.counters, payloadBytesOfRequest(request), this.#options.wallClock());
    const refusal = this.suspects.refusal(requestId);
    if (refusal !== undefined) return this.#refuse(requestId, refusal, capabilityId);
    if (this.#intake !== "open")
      return this.#refuse(requestId, "shutting down: the connector takes no new requests", capabilityId);
    if (this.suspects.takes(request)) return this.#fill();
    if (this.slots.hasRoom(this.#running.size)) return this.#start(request);
    if (this.#queue.size < this.slots.waiting) return this.#queue.push(request);
    this.counters.overloads += 1;
    this.signs.queueFullAt = this.#options.wallClock();
    this.#refuse(requestId, "overloaded: too many requests are waiting", capabilityId);
  }

  /** A request of `bytes` bytes that the stream has read past: it is beyond the limit, and only its id is left. */
  refuseOversized(requestId: string, bytes: number): void {
    if (requestId === "" || requestId.length > this.#maxRequestId)
      return this.#drop(`of its ${bytes} bytes no id could be read`);
    if (this.#isKnown(requestId) || this.#leavesToNext()) return;
    countRequest(this.counters, 0, this.#options.wallClock());
    this.signs.oversizedAt = this.counters.last_request_at_ms;
    this.#refuse(requestId, requestTooLarge(bytes, this.#maxMessageBytes));
  }

  /** Before a stream ends: unanswered, a request goes to the next one, and no refusal waits to be confirmed. */
  #leavesToNext(): boolean {
    if (this.#intake !== "draining") return false;
    if (this.running + this.queued > 0 && this.#delivery.sender === this.#drainedStream) return false;
    this.#drained.handedBack += 1;
    return true;
  }

  /** A stream is open: what is unconfirmed goes out first, in order. Idempotent for the same sender. */
  attach(sender: AnswerSender): void {
    this.#delivery.attach(sender);
    if (this.counters.evicted === this.#delivery.evicted) return;
    this.counters.evicted = this.#delivery.evicted;
    this.#watch.changed();
  }

  detach(sender: AnswerSender): void {
    this.#delivery.detach(sender);
  }

  /** The gateway has ended the stream. An answer that it ends every stream for is replaced by one that says so. */
  refused(by: AnswerRefusal): void {
    const answer = this.#delivery.refused(by);
    if (!answer) return;
    const { requestId, bytes } = answer;
    this.signs.oversizedAt = this.#options.wallClock();
    const instead = failureAnswer(requestId, answerTooLarge(bytes), 0, this.#maxMessageBytes);
    this.#delivery.replace(requestId, instead, this.#options.now());
    this.#log("warn", { requestId, bytes }, answerReplaced);
  }

  /** The stream's buffer has room again. Returns whether there still is after what waited. */
  writable(): boolean {
    return this.#delivery.writable();
  }

  /** A point in the current stream, for {@link confirm}. */
  mark(): number {
    return this.#delivery.mark();
  }

  confirm(mark: number): void {
    this.#delivery.confirm(mark);
    this.#watch.changed();
  }

  /** New requests wait until the returned function is called. */
  hold(): () => void {
    return this.slots.hold(() => this.#fill());
  }

  /** For good: what comes is refused while handlers run, which see `draining`, and left for the next stream then. */
  drain(): void {
    if (this.#intake !== "open") return;
    this.#intake = "draining";
    this.#drainedStream = this.#delivery.sender;
    for (const request of this.#running.all()) request.drain();
    this.#watch.changed();
  }

  /** Aborts every running handler's signal and answers for it; what waited is refused. */
  cancelRunning(): void {
    const reason = new Error("cancelled: the connector is shutting down");
    // First what waits, so that no freed slot starts it.
    const shift = () => this.#queue.shift() ?? this.#queue.shiftAside();
    for (let next = shift(); next; next = shift())
      this.#refuse(next.requestId, reason.message, next.capabilityId);
    for (const request of this.#running.all()) {
      request.abort(reason);
      // What is no promise may have answered from within its listener.
      if (request.answered) continue;
      this.#drained.cancelled += 1;
      this.#answered(request, this.#failure(request, reason), "cancelled");
    }
    this.#watch.changed();
  }

  /** Calls the listener now if something holds already, then on each change. Returns how to leave. */
  watch(listener: WorkListener): () => void {
    return this.#watch.add(listener);
  }

  setTap(wanted: RequestTap | undefined): void {
    const tap = wanted && new GuardedTap(wanted, (err) => this.#log("error", { err }, tapFailed));
    this.#tap = tap;
    this.#queue.setTap(tap);
    this.#delivery.setTap(tap);
  }

  open(most: number): readonly OpenRequest[] {
    return openRequests(this.#running.all(), this.#queue, most);
  }

  report(): WorkReport {
    return {
      ...this.#drained,
      cancelled: this.#drained.cancelled + this.#running.size,
      lost: [
        ...this.#delivery.ids(),
        ...this.#running.all().map(({ requestId }) => requestId),
        ...this.#queue.ids(),
      ],
    };
  }

  /** Hard end: handlers' signals are aborted, timers are gone. */
  close(): void {
    this.#intake = "closed";
    this.#suspects?.close();
    this.#limits?.stop();
    for (const request of this.#running.all()) request.abort(new Error("The connector was closed."));
    this.#numbers?.release();
    this.#watch.clear();
  }

  /** Whether it runs, waits, or has been answered; the answer then goes out again. */
  #isKnown(requestId: string): boolean {
    const isKnown =
      this.#running.has(requestId) || this.#queue.has(requestId) || this.#delivery.repeat(requestId);
    if (isKnown) this.counters.duplicates += 1;
    return isKnown;
  }

  /** Counts a request that cannot be answered: every answer carries the id. Its caller waits until its own time limit. */
  #drop(why: string): void {
    this.counters.requests_received += 1;
    this.counters.requests_failed += 1;
    const maxIdLength = this.#maxRequestId;
    this.#log("warn", { why, maxIdLength }, "a request that cannot be answered was dropped");
  }

  #log(level: "warn" | "error", facts: object, text: string): void {
    const { key: registration, logger } = this.#options;
    logSafely(logger, level, { registration, ...facts }, text);
  }

  #start(request: ExecuteRequest): void {
    const { now, connector } = this.#options;
    const startedAt = now();
    const running = new RunningRequest(request, this.#surroundings, startedAt);
    if (this.#intake !== "open") running.drain();
    this.#running.enter(running);
    this.slots.moving?.started(this.#running.size);
    this.#numbers ??= new HandlerNumbers(this.#board, this.#options.key, connector);
    running.handler = this.#numbers.of(request.capabilityId);
    this.#board.enter(running.handler, startedAt);
    try {
      this.#surroundings.checkEncoding(request.payloadEncoding);
      const result = connector.execute(running, running);
      if (!isThenable(result)) return this.#succeed(running, result);
      this.#running.stay(running);
      result.then(
        (value) => this.#resolved(running, value),
        (error: unknown) => {
          if (running.handlerEnds(this.#board, now())) this.#threw(running, error);
        },
      );
      running.handlerIsAwaited(this.#board);
      running.dueAt = startedAt + this.#surroundings.limitOf(running.capabilityId);
      this.#limits ??= new TimeLimits(now, this.#running, (late) => this.#timedOut(late));
      this.#limits.watch(running.dueAt);
      this.#board.leave(now());
    } catch (error) {
      if (this.#board.isHeld(running.handler, startedAt)) this.#board.leave(now());
      this.#threw(running, error);
    }
  }

  #resolved(request: RunningRequest, result: unknown): void {
    const at = this.#options.now();
    if (!request.handlerEnds(this.#board, at)) return;
    this.#board.enter(request.handler, at);
    this.#succeed(request, result);
  }

  /** A handler that holds the thread has returned; to encode is the last of its work. Nothing for one answered before. */
  #succeed(request: RunningRequest, result: unknown): void {
    if (request.answered) return this.#board.leave(this.#options.now());
    const answer = resultAnswer(request, result, this.#maxMessageBytes);
    this.#board.leave(request.endedAt);
    this.#finish(request, answer, answer.success ? "ok" : "error");
  }

  #fail(request: RunningRequest, error: unknown, outcome: RequestOutcome = "error"): void {
    if (request.answered) return;
    this.#finish(request, this.#failure(request, error), outcome);
  }

  /** What nobody meant to throw is told to whoever can mend the handler; of a request that is over, nothing. */
  #threw(request: RunningRequest, error: unknown): void {
    const isOver = request.answered || this.#intake === "closed";
    this.#fail(request, error);
    const facts = isOver ? undefined : unexpectedFacts(request.requestId, error);
    if (facts) this.#log("error", facts, "a handler threw an unexpected error");
  }

  #failure(request: RunningRequest, error: unknown): Answer {
    return failureAnswer(request.requestId, error, request.end(), this.#maxMessageBytes);
  }

  /** A handler came to its end, unless code of its own in the result or the error has ended the request meanwhile. */
  #finish(request: RunningRequest, answer: Answer, outcome: RequestOutcome): void {
    if (request.answered) return;
    if (this.#intake === "draining") this.#drained.finished += 1;
    this.#answered(request, answer, outcome);
  }

  /** The one place where a request leaves its slot. */
  #answered(request: RunningRequest, answer: Answer, outcome: RequestOutcome): void {
    request.answered = true;
    this.suspects.answered(request);
    this.#running.leave(request);
    this.slots.moving?.ended(request.startedAt, outcome);
    countAnswer(this, answer, request.endedAt - request.startedAt);
    this.#tap?.answered(request.requestId, request.capabilityId, request.startedAt, outcome);
    this.#answer(request.requestId, answer, request.endedAt);
    this.#fill();
    this.#watch.changed();
  }

  #refuse(requestId: string, why: string, capabilityId = ""): void {
    this.counters.requests_failed += 1;
    if (this.#intake !== "open") this.#drained.handedBack += 1;
    this.#tap?.answered(requestId, capabilityId || undefined, undefined, "refused");
    this.#answer(requestId, failureAnswer(requestId, why, 0, this.#maxMessageBytes), this.#options.now());
  }

  #answer(requestId: string, answer: Answer, at: number): void {
    this.#delivery.answer(requestId, answer, at);
    this.counters.evicted = this.#delivery.evicted;
  }

  /** Not re-entrant: a handler that answers at once would nest one call per waiting request. */
  #fill(): void {
    if (this.#filling) return;
    this.#filling = true;
    while (this.slots.hasRoom(this.#running.size) && this.#intake !== "closed") {
      const next = this.suspects.next() ?? this.#queue.shift();
      if (!next) break;
      this.#start(next);
    }
    this.#filling = false;
  }

  /** Answers for a handler that is over its limit. */
  #timedOut(request: RunningRequest): void {
    const limit = Math.round(request.dueAt - request.startedAt);
    const reason = new Error(`timed out: the request took longer than ${limit} ms`);
    request.abort(reason);
    this.counters.timeouts += 1;
    this.#fail(request, reason, "timeout");
  }

  /** What is left to do. */
  get left(): WorkLeft {
    const { running, queued, unconfirmed } = this;
    const held = this.slots.isHeld ? queued : 0;
    return { running, waiting: queued - held, held, unconfirmed };
  }
}
