/** Several requests in one: `{ requests: […], stop_on_error?, max_concurrent? }`, answered in the order of the list. */
import { textOf } from "../../errors.js";
import { PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { isObject } from "../../is-object.js";
import { bounded } from "../../options/ranges.js";
import { decodePayload, encodeJson } from "../../protocol/encodings.js";
import { badRequest, kindOf } from "../bad-request.js";
import { type Connector, type ConnectorRequest, RawAnswer, type RequestContext } from "../connector.js";
import { requestResponseCall } from "../option-table.js";
import { unexpectedFacts } from "../unexpected-error.js";
import type { RequestResponseOptions } from "./request-response.js";

type Execute = Connector["execute"];
type Result =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly error: string };

/** One of a batch, as a handler sees it. */
class PartRequest implements ConnectorRequest {
  readonly requestId: string;
  readonly capabilityId: string | undefined;
  readonly encoding = PayloadEncoding.JSON;
  readonly #value: unknown;

  constructor(whole: ConnectorRequest, place: number, value: unknown) {
    this.requestId = `${whole.requestId}#${place}`;
    this.capabilityId = whole.capabilityId;
    this.#value = value;
  }

  get bytes(): Uint8Array {
    return encodeJson(this.#value);
  }

  json(): unknown {
    return this.#value;
  }
}

interface Batch {
  readonly requests: readonly unknown[];
  readonly stopsOnError: boolean;
  readonly concurrency: number;
}

function batchOf(payload: Record<string, unknown>, maxRequests: number, maxConcurrent: number): Batch {
  const { requests, stop_on_error: stops = false, max_concurrent: wanted = maxConcurrent } = payload;
  if (!Array.isArray(requests)) throw badRequest(`requests must be a list; got ${kindOf(requests)}.`);
  if (requests.length > maxRequests)
    throw badRequest(
      `requests must be at most ${maxRequests}; got ${requests.length}: send several batches.`,
    );
  if (typeof stops !== "boolean")
    throw badRequest(`stop_on_error must be true or false; got ${kindOf(stops)}.`);
  if (typeof wanted !== "number" || !Number.isInteger(wanted) || wanted < 1)
    throw badRequest(`max_concurrent must be a whole number from 1; got ${kindOf(wanted)}.`);
  return { requests, stopsOnError: stops, concurrency: Math.min(wanted, maxConcurrent) };
}

const skipped: Result = { success: false, error: "not executed: a request before it failed" };

async function resultOf(
  execute: Execute,
  request: ConnectorRequest,
  context: RequestContext,
): Promise<Result> {
  try {
    const result = await execute(request, context);
    return {
      success: true,
      data: result instanceof RawAnswer ? decodePayload(result.bytes, result.encoding) : result,
    };
  } catch (error) {
    const facts = unexpectedFacts(request.requestId, error);
    if (facts) context.logger.error(facts, "a handler threw an unexpected error");
    return { success: false, error: textOf(error) };
  }
}

async function executeAll(
  execute: Execute,
  batch: Batch,
  whole: ConnectorRequest,
  context: RequestContext,
): Promise<unknown> {
  const results = new Array<Result>(batch.requests.length).fill(skipped);
  let next = 0;
  let isStopped = false;
  const work = async () => {
    while (next < batch.requests.length && !isStopped && !context.signal.aborted) {
      const place = next;
      next += 1;
      const result = await resultOf(execute, new PartRequest(whole, place, batch.requests[place]), context);
      results[place] = result;
      isStopped ||= batch.stopsOnError && !result.success;
    }
  };
  await Promise.all(Array.from({ length: batch.concurrency }, work));
  const succeeded = results.filter(({ success }) => success).length;
  return { results, succeeded, failed: results.length - succeeded };
}

/** A handler that takes batches, too. */
export function batching(execute: Execute, options: NonNullable<RequestResponseOptions["batch"]>): Execute {
  const { table } = requestResponseCall;
  const most = (name: keyof typeof options) =>
    bounded(`batch.${name}`, options[name] ?? table.batch[name].default, table.batch[name]);
  const [maxRequests, maxConcurrent] = [most("maxRequests"), most("maxConcurrent")];
  return (request, context) => {
    // Bytes and other encodings are the handler's affair; UNSPECIFIED counts as JSON.
    const payload = request.encoding > PayloadEncoding.JSON ? undefined : request.json();
    return isObject(payload) && "requests" in payload
      ? executeAll(execute, batchOf(payload, maxRequests, maxConcurrent), request, context)
      : execute(request, context);
  };
}
