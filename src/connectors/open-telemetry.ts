/** A span for each request, by OpenTelemetry's API: whichever SDK a program has set up gets it. */
import type { Span } from "@opentelemetry/api";
import { loadPeer } from "../optional-peers.js";
import { packageVersion } from "../version.js";
import type { Middleware } from "./middleware.js";
import { isThenable } from "./thenable.js";

/** Of an error its class and code: what it says may quote the payload. */
function kindOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return "_OTHER";
    const code = "code" in error && typeof error.code === "string" ? error.code : "";
    return code === "" ? error.name : `${error.name} ${code}`;
  } catch {
    return "_OTHER";
  }
}

/**
 * Middleware for `use` that makes a span of each request, around the handler: those that the handler starts are inside of
 * it. Its parent is what the request's context says (`traceparent`), read by the program's propagator. It has the request's
 * id, capability and tenant; no arguments, no results, and of an error its class and code only. Rejects with
 * INVALID_CONFIG where the package `@opentelemetry/api` is not installed.
 *
 * @example
 * ```ts
 * import { openTelemetry, requestResponseConnector, use } from "mooring";
 *
 * const echo = requestResponseConnector({ type: "echo", version: "1.0.0", execute: (request) => request.json() });
 * export default use(echo, await openTelemetry());
 * ```
 */
export async function openTelemetry(): Promise<Middleware> {
  const { context, propagation, SpanKind, SpanStatusCode, trace } = await loadPeer(
    "@opentelemetry/api",
    "openTelemetry()",
  );
  const tracer = trace.getTracer("mooring", packageVersion);
  const failed = (span: Span, error: unknown): void => {
    span.setAttribute("error.type", kindOf(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
  return ({ requestId, capabilityId }, { context: texts, tenantId }, next) => {
    const parent = propagation.extract(context.active(), texts);
    const attributes = {
      "mooring.request.id": requestId,
      ...(capabilityId === undefined ? {} : { "mooring.capability.id": capabilityId }),
      ...(tenantId === undefined ? {} : { "mooring.tenant.id": tenantId }),
    };
    const name = capabilityId === undefined ? "execute" : `execute ${capabilityId}`;
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    try {
      const result = context.with(trace.setSpan(parent, span), next);
      if (!isThenable(result)) {
        span.end();
        return result;
      }
      return Promise.resolve(result).then(
        (value) => {
          span.end();
          return value;
        },
        (error: unknown) => {
          failed(span, error);
          throw error;
        },
      );
    } catch (error) {
      failed(span, error);
      throw error;
    }
  };
}
