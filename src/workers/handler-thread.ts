/** The inside of a handler's own thread: one connector, one request at a time, answered as bytes. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { create } from "@bufbuild/protobuf";
import type { Connector } from "../connectors/connector.js";
import { encodedResult } from "../connectors/encodings/encoded-result.js";
import { unexpectedError } from "../connectors/unexpected-error.js";
import { invalidConfig, textOf } from "../errors.js";
import { firstNumber, HandlerBoard, turnMs } from "../execution/handler-board.js";
import { inSeconds } from "../execution/loop-block.js";
import type { RequestSurroundings } from "../execution/request-surroundings.js";
import { RunningRequest } from "../execution/running-request.js";
import { ExecuteRequestSchema } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { AskedInvocations } from "./crossing-invocations.js";
import { crossingMetrics } from "./crossing-metrics.js";
import { forwardingLogger } from "./forwarding-logger.js";
import type {
  Description,
  FromHandler,
  HandlerData,
  HandlerInput,
  Job,
  ToHandler,
} from "./handler-messages.js";
import { loadModule } from "./load-module.js";
import { noSuchConnector } from "./no-such-connector.js";
import { portableError } from "./portable-error.js";
import { fewestBlockedMs } from "./thread-words.js";

/** Throws INVALID_CONFIG where the module does not say which connector is meant. */
async function connectorOf({ module, connectorType }: HandlerInput): Promise<Connector> {
  const connectors = [...new Set((await loadModule(module)).map(({ connector }) => connector))];
  const types = connectors.map((one) => one.connectorType);
  const meant = connectors.filter(
    (one) => connectorType === undefined || one.connectorType === connectorType,
  );
  const [only, ...others] = meant;
  if (!only) throw noSuchConnector(connectorType, types);
  if (others.length > 0)
    throw invalidConfig(
      `The module exports several connectors (${types.join(", ")}): name one with connectorType, once exported.`,
    );
  refuseWhatStaysHere(only);
  return only;
}

/** A thread has one request at a time, and says once what it is: what goes beyond that would be lost without a word. */
function refuseWhatStaysHere({ connectorType, relay, description }: Connector): void {
  const beyond = relay
    ? "takes WebSockets, which outlast a request"
    : description && "changes what it says of itself while it is registered";
  if (beyond)
    throw invalidConfig(
      `"${connectorType}" ${beyond}: it cannot have threads of its own. Add the connector itself, or give the runtime workers.`,
    );
}

function describe(connector: Connector): Description {
  const { connectorType, version, behaviors, supportedEncodings, metadata, taskTypes, timeoutMs } = connector;
  const limits = taskTypes.flatMap(({ taskTypeId }): [string, number][] => {
    const limit = connector.timeoutFor?.(taskTypeId);
    return limit === undefined ? [] : [[taskTypeId, limit]];
  });
  return {
    connectorType,
    version,
    behaviors,
    supportedEncodings,
    metadata,
    taskTypes,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    timeouts: Object.fromEntries(limits),
  };
}

/** For whoever wonders afterwards why a request had to wait for a thread. Computing is what the thread is for: no warning. */
function sayHeld({ requestId, capabilityId, logger }: RunningRequest, ms: number): void {
  if (ms < fewestBlockedMs) return;
  const fields = { requestId, capabilityId, ms: Math.round(ms) };
  logger.info(fields, `a request held its thread for ${inSeconds(ms)} without giving way`);
}

class Handler {
  readonly #connector: Connector;
  readonly #tell: (message: FromHandler) => void;
  readonly #board: HandlerBoard;
  readonly #invocations: AskedInvocations;
  #running: RunningRequest | undefined;

  constructor(connector: Connector, board: HandlerBoard, tell: (message: FromHandler) => void) {
    this.#connector = connector;
    this.#board = board;
    this.#tell = tell;
    this.#invocations = new AskedInvocations(tell);
  }

  obey(command: ToHandler): void {
    if (command.type === "execute") void this.#execute(command.job);
    else if (command.type === "invoked") this.#invocations.ended(command);
    else if (command.type === "abort") this.#running?.abort(new Error(command.reason));
    else this.#running?.drain();
  }

  async #execute(job: Job): Promise<void> {
    const { requestId, capabilityId, encoding, bytes, context, draining, maxMessageBytes, remainingMs } = job;
    const message = create(ExecuteRequestSchema, {
      requestId,
      capabilityId: capabilityId ?? "",
      payload: bytes,
      payloadEncoding: encoding,
      context: { ...context },
    });
    const surroundings = {
      logger: forwardingLogger(this.#tell),
      metrics: crossingMetrics(this.#tell),
      maxMessageBytes,
      checkEncoding: () => {}, // the other thread has looked
      limitOf: () => remainingMs,
      now: () => performance.now(),
      wallClock: Date.now,
      invoke: this.#invocations.invokeOf(requestId),
    } satisfies RequestSurroundings;
    const request = new RunningRequest(message, surroundings, performance.now());
    if (draining) request.drain();
    this.#running = request;
    const turns = setInterval(() => this.#board.turned(performance.now()), turnMs).unref();
    try {
      const result = await this.#result(request);
      // Before it is copied to the other thread.
      const raw = encodedResult(result, maxMessageBytes);
      // A copy: posted is all of the memory that a view lies in.
      this.#tell({ type: "answered", bytes: new Uint8Array(raw.bytes), encoding: raw.encoding });
    } catch (error) {
      const toolCode = error instanceof Error && "toolCode" in error ? error.toolCode : undefined;
      this.#tell({
        type: "failed",
        message: textOf(error),
        toolCode: typeof toolCode === "string" ? toolCode : undefined,
        unexpected: portableError(unexpectedError(error)),
      });
    } finally {
      clearInterval(turns);
      this.#running = undefined;
    }
  }

  async #result(request: RunningRequest): Promise<unknown> {
    try {
      return await this.#begin(request);
    } finally {
      sayHeld(request, this.#board.reader.quietForMs());
    }
  }

  /** Its synchronous part. */
  #begin(request: RunningRequest): unknown {
    const at = performance.now();
    this.#board.enter(firstNumber, at);
    try {
      return this.#connector.execute(request, request);
    } finally {
      const end = performance.now();
      this.#board.leave(end);
      sayHeld(request, end - at);
    }
  }
}

async function serve(port: MessagePort, input: HandlerData): Promise<void> {
  const tell = (message: FromHandler) => port.postMessage(message);
  try {
    const connector = await connectorOf(input);
    const handler = new Handler(connector, new HandlerBoard(input.board), tell);
    port.on("message", (command: ToHandler) => handler.obey(command));
    tell({ type: "ready", description: describe(connector) });
  } catch (error) {
    const cause = portableError(error instanceof Error ? error.cause : undefined);
    tell({ type: "unusable", message: textOf(error), cause });
  }
}

if (parentPort) await serve(parentPort, workerData as HandlerData);
