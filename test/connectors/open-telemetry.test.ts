import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { type Connector, openTelemetry, requestResponseConnector, ToolError, use } from "mooring";
import { testConnector } from "mooring/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

beforeAll(() => {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});
beforeEach(() => exporter.reset());
afterAll(() => {
  for (const api of [trace, context, propagation]) api.disable();
});

const traced = async (execute: Connector["execute"]) =>
  testConnector(
    use(requestResponseConnector({ type: "t", version: "1.0.0", execute }), await openTelemetry()),
  );

const traceId = "0af7651916cd43dd8448eb211c80319c";

describe("openTelemetry", () => {
  it("makes a span in the caller's trace, with those of the handler inside of it", async () => {
    const connector = await traced(async () => {
      await Promise.resolve();
      trace.getTracer("mine").startSpan("query").end();
      return 1;
    });
    const answer = await connector.execute(
      { secret: "in the payload" },
      {
        requestId: "r-1",
        capabilityId: "sum",
        context: { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tenant_id: "acme" },
      },
    );
    expect(answer).toBe(1);
    const [query, request] = exporter.getFinishedSpans();
    expect(request).toMatchObject({
      name: "execute sum",
      kind: SpanKind.SERVER,
      attributes: {
        "mooring.request.id": "r-1",
        "mooring.capability.id": "sum",
        "mooring.tenant.id": "acme",
      },
      parentSpanContext: { traceId, spanId: "b7ad6b7169203331" },
      status: { code: SpanStatusCode.UNSET },
    });
    expect(query?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(JSON.stringify(request?.attributes)).not.toContain("payload");
  });

  it("begins a trace where the caller has none, and keeps a plain answer plain", async () => {
    const middleware = await openTelemetry();
    const connector = use(
      requestResponseConnector({ type: "t", version: "1.0.0", execute: () => 7 }),
      (request, given, next) => {
        const result = middleware(request, given, next);
        expect(result).toBe(7);
        return result;
      },
    );
    expect(await testConnector(connector).execute()).toBe(7);
    expect(exporter.getFinishedSpans()).toMatchObject([{ name: "execute", attributes: {} }]);
    expect(exporter.getFinishedSpans()[0]?.parentSpanContext).toBeUndefined();
  });

  it.each<[string, Connector["execute"]]>([
    [
      "at once",
      () => {
        throw new ToolError("NOT_FOUND", "the file of Ada");
      },
    ],
    [
      "later",
      async () => {
        throw new ToolError("NOT_FOUND", "the file of Ada");
      },
    ],
  ])("tells of a failure %s its class and code, and not its words", async (_, execute) => {
    await expect((await traced(execute)).execute()).rejects.toThrow("the file of Ada");
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { "error.type": "ToolError NOT_FOUND" },
      events: [],
    });
    expect(JSON.stringify([span?.attributes, span?.status])).not.toContain("Ada");
  });
});
