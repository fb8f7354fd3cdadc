/** An execution with hand-made time and a sender that records. */
import { create } from "@bufbuild/protobuf";
import { type Connector, type RequestContext, silentLogger } from "mooring";
import { Doors } from "../../src/doors/doors.js";
import { type AnswerSender, Execution, type ExecutionOptions } from "../../src/execution/execution.js";
import {
  type ExecuteRequest,
  ExecuteRequestSchema,
  type ExecuteResponse,
  type StreamMessage,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { echo } from "./connectors.js";

export const request = (
  requestId: string,
  payload: unknown = requestId,
  fields: { readonly context?: Record<string, string>; readonly capabilityId?: string } = {},
): ExecuteRequest =>
  create(ExecuteRequestSchema, {
    requestId,
    payload: new TextEncoder().encode(JSON.stringify(payload)),
    payloadEncoding: 1,
    ...fields,
  });

export const answerIn = ({ message }: StreamMessage): ExecuteResponse => {
  if (message.case !== "executeResponse") throw new Error(`Not an answer: ${message.case}.`);
  return message.value;
};

export const valueIn = (answer: ExecuteResponse): unknown =>
  JSON.parse(new TextDecoder().decode(answer.payload));

/** A stream that takes everything until told otherwise. */
export class Recorder implements AnswerSender {
  readonly answers: ExecuteResponse[] = [];
  roomy = true;

  send(message: StreamMessage): boolean {
    this.answers.push(answerIn(message));
    return this.roomy;
  }

  get ids(): readonly string[] {
    return this.answers.map((answer) => answer.requestId);
  }
}

export function executionWith(
  execute: (request: { json(): unknown }, context: RequestContext) => unknown,
  options: Partial<ExecutionOptions> = {},
) {
  const connector: Connector = { ...echo, execute };
  const clock = { now: 0 };
  const execution = new Execution({
    key: "t.echo.i",
    connector,
    maxConcurrentRequests: 2,
    maxQueuedRequests: 2,
    requestTimeoutMs: 60_000,
    outbox: { maxBytes: 1_000_000, maxAgeMs: 60_000 },
    logger: silentLogger,
    now: () => clock.now,
    wallClock: () => 1_000 + clock.now,
    ...options,
  });
  return { execution, clock };
}

/** The doors of a registration that nobody uses. */
export const doorsWithout = (): Doors =>
  new Doors({
    key: "t.echo.i",
    arn: "matrix:t:echo:i",
    connector: echo,
    maxMessageBytes: 1_000_000,
    logger: silentLogger,
  });
