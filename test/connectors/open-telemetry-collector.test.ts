/** Spans of requests on their way to a collector, by the SDK and the exporter that programs take. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { openTelemetry, requestResponseConnector, use } from "mooring";
import { startTestBench } from "mooring/testing";
import { expect, it, onTestFinished } from "vitest";

interface ReceivedSpan {
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: unknown }[];
}

interface Export {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  }[];
}

/** Takes OTLP over HTTP in JSON, as a collector does at this path. */
async function startCollector() {
  const spans: ReceivedSpan[] = [];
  const requests: Pick<IncomingMessage, "method" | "url">[] = [];
  const server = createServer(async (request, response) => {
    requests.push({ method: request.method, url: request.url });
    const { resourceSpans } = (await json(request)) as Export;
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1/traces`, spans, requests };
}

it("reach a collector in the caller's trace", async () => {
  const collector = await startCollector();
  const exporter = new OTLPTraceExporter({ url: collector.url });
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  onTestFinished(async () => {
    await provider.shutdown();
    for (const api of [trace, context, propagation]) api.disable();
  });
  const traced = use(
    requestResponseConnector({
      type: "traced",
      version: "1.0.0",
      execute: () => {
        trace.getTracer("mine").startSpan("query").end();
        return "planted-secret-of-answer";
      },
    }),
    await openTelemetry(),
  );
  await using bench = await startTestBench({
    registrations: [{ tenantId: "acme", instanceId: "1", connector: traced }],
  });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  await bench.gateway.execute("acme.traced.1", {
    payload: { word: "planted-secret-of-request" },
    context: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  });
  await provider.forceFlush();
  expect(collector.requests.every(({ method, url }) => method === "POST" && url === "/v1/traces")).toBe(true);
  const [query, request] = ["query", "execute"].map((name) =>
    collector.spans.find((span) => span.name === name),
  );
  expect(collector.spans).toHaveLength(2);
  expect(request).toMatchObject({ traceId, parentSpanId: "b7ad6b7169203331" });
  expect(query).toMatchObject({ traceId });
  expect(request?.attributes.map(({ key }) => key)).toContain("mooring.request.id");
  expect(JSON.stringify(collector.spans)).not.toContain("planted-secret");
});
