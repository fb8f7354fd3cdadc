/** Every call that takes options, with the type of its options and where that stands; and rows in words. */
import { appCall, backendCall, manifestCall, navigationCall } from "../src/connectors/app/option-table.js";
import {
  eventCall,
  memoryBrokerCall,
  publishCall,
  subscribeCall,
} from "../src/connectors/events/option-table.js";

import { metricsCall } from "../src/connectors/metrics.js";
import {
  combineCall,
  requestResponseCall,
  toolCall,
  toolConnectorCall,
} from "../src/connectors/option-table.js";
import { sinkCall } from "../src/connectors/sink/option-table.js";
import { sourceCall } from "../src/connectors/source/option-table.js";
import { credentialOptions } from "../src/credentials/option-table.js";
import { invokeCall } from "../src/doors/option-table.js";
import { gatewayCalls } from "../src/gateway/option-table.js";
import { gatewayPageCall } from "../src/gateway/start-page.js";
import { healthCall } from "../src/health/option-table.js";
import { inspectorServerCall } from "../src/inspect/server.js";
import { mcpConnectorCall, serveMcpCall } from "../src/mcp-bridge/options.js";
import { natsBrokerCall } from "../src/nats-broker/options.js";
import type { OptionTable } from "../src/options/kinds.js";
import type { Row } from "../src/options/rows.js";
import { maxTimerMs } from "../src/protocol/defaults.js";
import { replayCall } from "../src/recording/option-table.js";
import { adaptiveCall } from "../src/runtime/concurrency.js";
import { runtimeCalls } from "../src/runtime/known-options.js";
import { runConnectorCall, runToolCall, serveStaticCall } from "../src/starting/option-table.js";
import {
  proxyFaultsCall,
  reachesCall,
  testBenchCall,
  testProxyCall,
  testRequestCall,
} from "../src/testing/option-table.js";
import { tlsOptions, transportOptions } from "../src/transport/option-table.js";
import { threadConnectorCall } from "../src/workers/option-table.js";

interface DocumentedOptions {
  /** The name of the TypeScript type, and the file it is in. */
  readonly type: string;
  readonly file: string;
  readonly name: string;
  readonly table: OptionTable;
}

type Documented = Omit<DocumentedOptions, "type" | "file">;

const of = (file: string, calls: Readonly<Record<string, Documented>>): readonly DocumentedOptions[] =>
  Object.entries(calls).map(([type, { name, table }]) => ({ type, file, name, table }));

const {
  RuntimeOptions,
  RegistrationOptions,
  StartOptions,
  DrainOptions,
  CommandOptions,
  ExplainOptions,
  ChangesOptions,
} = runtimeCalls;

/** Calls in the order in which a reader needs them. */
export const documentedOptions: readonly DocumentedOptions[] = [
  ...of("src/runtime/option-table.ts", { RuntimeOptions }),
  ...of("src/runtime/concurrency.ts", { AdaptiveConcurrency: adaptiveCall }),
  ...of("src/runtime/registration-table.ts", { RegistrationOptions, StartOptions, DrainOptions }),
  ...of("src/runtime/commands.ts", { CommandOptions }),
  ...of("src/runtime/explain.ts", { ExplainOptions }),
  ...of("src/runtime/changes.ts", { ChangesOptions }),
  ...of("src/starting/option-table.ts", {
    RunConnectorOptions: runConnectorCall,
    RunToolOptions: runToolCall,
    ServeStaticOptions: serveStaticCall,
  }),
  ...of("src/connectors/request-response/request-response.ts", {
    RequestResponseOptions: requestResponseCall,
  }),
  ...of("src/connectors/tools/tool.ts", { ToolOptions: toolCall }),
  ...of("src/connectors/tools/tool-connector.ts", { ToolConnectorOptions: toolConnectorCall }),
  ...of("src/connectors/app/app.ts", { AppOptions: appCall }),
  ...of("src/connectors/app/manifest.ts", { AppManifest: manifestCall, AppNavigation: navigationCall }),
  ...of("src/connectors/app/backend.ts", { AppBackend: backendCall }),
  ...of("src/connectors/source/source.ts", { SourceOptions: sourceCall }),
  ...of("src/connectors/sink/sink.ts", { SinkOptions: sinkCall }),
  ...of("src/connectors/events/event-connector.ts", { EventOptions: eventCall }),
  ...of("src/connectors/events/broker.ts", { PublishOptions: publishCall, SubscribeOptions: subscribeCall }),
  ...of("src/connectors/events/memory-broker.ts", { MemoryBrokerOptions: memoryBrokerCall }),
  ...of("src/connectors/combine.ts", { CombineOptions: combineCall }),
  ...of("src/connectors/metrics.ts", { MetricsOptions: metricsCall }),
  ...of("src/connectors/invoke.ts", { InvokeOptions: invokeCall }),
  ...of("src/mcp-bridge/options.ts", { McpConnectorOptions: mcpConnectorCall }),
  ...of("src/mcp-bridge/options.ts", { ServeMcpOptions: serveMcpCall }),
  ...of("src/nats-broker/options.ts", { NatsBrokerOptions: natsBrokerCall }),
  ...of("src/workers/thread-connector.ts", { ThreadConnectorOptions: threadConnectorCall }),
  ...of("src/inspect/server.ts", { InspectorServerOptions: inspectorServerCall }),
  ...of("src/health/index.ts", { HealthOptions: healthCall }),
  ...of("src/gateway/gateway.ts", gatewayCalls),
  ...of("src/gateway/start-page.ts", { GatewayPageOptions: gatewayPageCall }),
  ...of("src/testing/index.ts", { TestBenchOptions: testBenchCall }),
  ...of("src/testing/test-connector.ts", { TestRequestOptions: testRequestCall }),
  ...of("src/testing/reaches.ts", { ReachesOptions: reachesCall }),
  ...of("src/testing/connect-proxy.ts", { TestProxyOptions: testProxyCall, ProxyFaults: proxyFaultsCall }),
  ...of("src/recording/replay-types.ts", { ReplayOptions: replayCall }),
  ...of("src/transport/options.ts", {
    TransportOptions: { name: "createTransport()", table: transportOptions },
  }),
  ...of("src/credentials/option-table.ts", {
    CredentialOptions: { name: "credentials", table: credentialOptions },
  }),
  ...of("src/transport/tls.ts", { TlsOptions: { name: "tls", table: tlsOptions } }),
];

/** The rows of a table by the paths of their options. */
export function rowsOf(table: object, prefix = ""): readonly (readonly [string, Row])[] {
  return Object.entries(table).flatMap(([name, entry]: [string, Row | object]) =>
    "says" in entry ? [[prefix + name, entry] as const] : rowsOf(entry, `${prefix}${name}.`),
  );
}

const figure = (value: number): string => value.toLocaleString("en-US");

function bytes(value: number): string {
  const [size = "", unit = ""] =
    [
      [1024 ** 4, "TiB"] as const,
      [1024 ** 3, "GiB"] as const,
      [1024 ** 2, "MiB"] as const,
      [1024, "KiB"] as const,
    ]
      .filter(([least]) => value >= least && value % least === 0)
      .map(([least, name]) => [figure(value / least), name])[0] ?? [];
  return size ? `${size} ${unit}` : `${figure(value)} bytes`;
}

function amount(value: number, unit: Row["unit"]): string {
  if (unit === "bytes") return bytes(value);
  return unit === "ms" ? `${figure(value)} ms` : figure(value);
}

/** What the value may be. */
export function valueInWords({ choices, range, unit, wanted, takes }: Row): string {
  if (takes !== undefined) return takes;
  if (choices) return choices.map((one) => `\`${String(one)}\``).join(", ");
  if (!range) return wanted.replace(/^an? /, "");
  const { least, most, fractions } = range;
  const bounds =
    most === maxTimerMs && unit === "ms"
      ? `from ${figure(least)}`
      : `${figure(least)} to ${amount(most, unit)}`;
  const kind =
    unit === "ms" ? "ms" : unit === "bytes" ? "bytes" : fractions === "refuse" ? "whole number" : "number";
  const rounding = fractions?.startsWith("round") ? `, ${fractions.replace("round", "rounded")}` : "";
  return `${kind}, ${bounds}${rounding}`;
}

/** What holds when it is not given; empty when nothing does. */
export function defaultInWords({ default: value, usually, unit }: Row): string {
  if (usually !== undefined) return usually;
  if (typeof value === "number") return amount(value, unit);
  if (typeof value === "string") return `\`${value}\``;
  return value === undefined ? "" : String(value);
}
