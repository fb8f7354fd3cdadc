/**
 * The runtime: makes connectors, registers them with a gateway, and keeps them connected.
 *
 * @module mooring
 */
export { type AppOptions, appConnector } from "./connectors/app/app.js";
export type { AppBackend } from "./connectors/app/backend.js";
export type { AppFetch } from "./connectors/app/fetch-page.js";
export type { AppManifest, AppNavigation } from "./connectors/app/manifest.js";
export { type CombineOptions, combineConnectors } from "./connectors/combine.js";
export type {
  ChangingDescription,
  Connector,
  ConnectorDescription,
  ConnectorRequest,
  RequestContext,
  TaskType,
} from "./connectors/connector.js";
export { RawAnswer } from "./connectors/connector.js";
export { type CodecOptions, decoded, encoded } from "./connectors/encodings/encoded.js";
export type {
  EventBroker,
  EventDelivery,
  EventMessage,
  EventSubscription,
  PublishOptions,
  SubscribeOptions,
} from "./connectors/events/broker.js";
export {
  type EventConnector,
  type EventOptions,
  eventConnector,
} from "./connectors/events/event-connector.js";
export { type MemoryBrokerOptions, memoryBroker } from "./connectors/events/memory-broker.js";
export type { TopicPattern } from "./connectors/events/topic-pattern.js";
export type { Invoke, InvokeOptions } from "./connectors/invoke.js";
export {
  createMetrics,
  type MetricCounter,
  type MetricGauge,
  type MetricHandles,
  type MetricHistogram,
  type MetricKind,
  type MetricLabels,
  type MetricSeries,
  type Metrics,
  type MetricsOptions,
} from "./connectors/metrics.js";
export { type Middleware, use } from "./connectors/middleware.js";
export { openTelemetry } from "./connectors/open-telemetry.js";
export type {
  RelayClose,
  RelayFrame,
  RelayHandler,
  RelayOpening,
  RelaySocket,
} from "./connectors/relay.js";
export {
  type RequestResponseOptions,
  requestResponseConnector,
} from "./connectors/request-response/request-response.js";
export { jsonSchema } from "./connectors/schemas/json-schema.js";
export type { JsonSchemaDocument, ToolSchema } from "./connectors/schemas/schema.js";
export type { ValidationLimits } from "./connectors/schemas/validation.js";
export type { SinkItemError, SinkResult } from "./connectors/sink/result.js";
export { type SinkOptions, sinkConnector } from "./connectors/sink/sink.js";
export type { SinkContext } from "./connectors/sink/writer.js";
export type { SourcePage } from "./connectors/source/pages.js";
export {
  type SourceBatch,
  type SourceOptions,
  type SourceRequest,
  sourceConnector,
} from "./connectors/source/source.js";
export { defineTool, type Tool, type ToolOptions, type ToolReturn } from "./connectors/tools/tool.js";
export { type ToolConnectorOptions, toolConnector } from "./connectors/tools/tool-connector.js";
export type { ToolContext, ToolProgress } from "./connectors/tools/tool-context.js";
export { ToolError } from "./connectors/tools/tool-error.js";
export { serveControl } from "./control/serve-control.js";
export type { Controllable, ControlServer } from "./control/server.js";
export { createRuntime } from "./create-runtime.js";
export type { CredentialOptions } from "./credentials/option-table.js";
export type {
  CredentialStore,
  SavedCredentials,
  SavedIdentity,
  SavedKey,
  StoreLock,
} from "./credentials/store.js";
export { MooringError, type MooringErrorCode, type MooringErrorOptions } from "./errors.js";
export { ConnectorBehavior, PayloadEncoding } from "./gen/matrix/connectors/v1/connector_service_pb.js";
export type { AskedBy, ControlledRegistration, ControlledRuntime } from "./inspect/controlled.js";
export type { FeedViewer, InspectionFeed } from "./inspect/feed.js";
export type {
  ActorMessage,
  DetailRow,
  DetailsMessage,
  FeedMessage,
  FiguresMessage,
  FiguresRow,
  FleetMessage,
  HelloMessage,
  HostRow,
  HostsMessage,
  InspectedRegistration,
  MissedMessage,
  MovedRow,
  NamesMessage,
  NewRow,
  ShownEvent,
  ShownFields,
  ShownOutput,
  StatusMessage,
  StepMessage,
  StrayRow,
  StraysMessage,
} from "./inspect/feed-messages.js";
export type { Look } from "./inspect/looking.js";
export type { RecordingSource } from "./inspect/recorded.js";
export type { InspectedStatus, InspectorServer, InspectorServerOptions } from "./inspect/server.js";
export { startInspectorServer } from "./inspect/start-server.js";
export type { InspectionSink } from "./inspect/stately.js";
export type {
  EventData,
  InspectedActor,
  InspectedEvent,
  InspectedSnapshot,
  InspectionMessage,
  SnapshotData,
} from "./inspect/stately-messages.js";
export type { FeedListener } from "./inspect/viewer.js";
export { type Logger, silentLogger } from "./logger.js";
export type { ProxyOption, ProxyTarget } from "./network/proxy/choose.js";
export type { Identity } from "./protocol/identity.js";
export type { RecordingKeep } from "./recording/settings.js";
export type { ChangesOptions, StateChange } from "./runtime/changes.js";
export type { CommandOptions } from "./runtime/commands.js";
export type { AdaptiveConcurrency, Concurrency } from "./runtime/concurrency.js";
export type { ExplainOptions } from "./runtime/explain.js";
export type { JournalEntry } from "./runtime/journal.js";
export type { DrainOptions, RegistrationOptions, RuntimeOptions, StartOptions } from "./runtime/options.js";
export type { Registration, Runtime } from "./runtime/runtime.js";
export type {
  ClosedReport,
  DrainReport,
  EndedRegistration,
  FailingRegistration,
  NextAction,
  RegistrationStatus,
  RuntimeChannel,
  RuntimeStatus,
  StartReport,
  WorkFigures,
} from "./runtime/status.js";
export type { WorkerCount } from "./runtime/worker-count.js";
export { Secret } from "./secret.js";
export type { RunConnectorOptions, RunToolOptions, ServeStaticOptions } from "./starting/option-table.js";
export { runConnector } from "./starting/run-connector.js";
export { runTool } from "./starting/run-tool.js";
export { serveStatic } from "./starting/serve-static.js";
export type { TlsOptions } from "./transport/tls.js";
export type { TransportInUse } from "./transport/transport.js";
export type { TroubleSigns } from "./troubles/troubles.js";
export {
  type ThreadConnector,
  type ThreadConnectorOptions,
  threadConnector,
} from "./workers/thread-connector.js";
