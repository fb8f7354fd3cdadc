/**
 * The transports by themselves, for a Connect client of your own or a stream without a runtime.
 *
 * @module mooring/transport
 */
export type { Cancellable } from "../cancellation.js";
export { ConnectorService } from "../gen/matrix/connectors/v1/connector_service_pb.js";
export type { ProxyOption, ProxyTarget } from "../network/proxy/choose.js";
export { type Endpoint, parseEndpoint } from "../protocol/endpoint.js";
export { type TransportName, transportNames } from "./adapters.js";
export { createTransport } from "./create.js";
export { createLeanTransport, type LeanTransport } from "./lean/transport.js";
export type { TransportOptions } from "./options.js";
export type { TlsOptions } from "./tls.js";
export {
  type ChannelStatus,
  type LinkCause,
  type LinkFailure,
  type OpenOptions,
  type StreamEnding,
  type StreamSink,
  type Transport,
  TransportOpenError,
  type TransportStream,
} from "./transport.js";
