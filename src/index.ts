/** Mooring: a runtime for connectors. The public exports, by name. */
export type { Connector, ConnectorRequest, RequestContext, TaskType } from "./connectors/connector.js";
export { RawAnswer } from "./connectors/connector.js";
export { type RequestResponseOptions, requestResponseConnector } from "./connectors/request-response.js";
export {
  defineTool,
  jsonSchema,
  type Tool,
  type ToolConnectorOptions,
  toolConnector,
} from "./connectors/tool.js";
export { ToolError } from "./connectors/tool-error.js";
export { type ControlServer, serveControl } from "./control/server.js";
export { createRuntime } from "./create-runtime.js";
export type { CredentialStore } from "./credentials/store.js";
export { MooringError, type MooringErrorCode } from "./errors.js";
export { ConnectorBehavior, PayloadEncoding } from "./gen/matrix/connectors/v1/connector_service_pb.js";
export { createInspectionFeed, type InspectionFeed } from "./inspect/feed.js";
export { type InspectorServer, startInspectorServer } from "./inspect/server.js";
export { type Logger, silentLogger } from "./logger.js";
export type { ChangesOptions, StateChange } from "./runtime/changes.js";
export type { ExplainOptions } from "./runtime/explain.js";
export type { JournalEntry } from "./runtime/journal.js";
export type { DrainOptions, RegistrationOptions, RuntimeOptions, StartOptions } from "./runtime/options.js";
export type { Registration, Runtime } from "./runtime/runtime.js";
export type {
  ClosedReport,
  DrainReport,
  NextAction,
  RegistrationStatus,
  RuntimeStatus,
  StartReport,
} from "./runtime/status.js";
export { Secret } from "./secret.js";
export type { TlsOptions } from "./transport/tls.js";
export {
  type ThreadConnector,
  type ThreadConnectorOptions,
  threadConnector,
} from "./workers/thread-connector.js";
