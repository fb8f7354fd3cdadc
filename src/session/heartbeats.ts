/** Heartbeats and their answers as stream messages: written out, because thousands of registrations send them for ever. */
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";

const $typeName = "matrix.connectors.v1.StreamMessage";

/** `at`: since 1970, in ms. */
export const heartbeatRequest = (at: number): StreamMessage => ({
  $typeName,
  message: {
    case: "heartbeatRequest",
    value: {
      $typeName: "matrix.connectors.v1.HeartbeatRequest",
      gatewayId: "",
      timestampMs: BigInt(at),
    },
  },
});

/** The same for the answer. */
export const heartbeatResponse = (at: number): StreamMessage => ({
  $typeName,
  message: {
    case: "heartbeatResponse",
    value: {
      $typeName: "matrix.connectors.v1.HeartbeatResponse",
      gatewayId: "",
      timestampMs: BigInt(at),
      shouldReconnect: false,
    },
  },
});

/**
 * A heartbeat on its way: `asked` for by the machine, a `beat` of the pulse, or a `mark` of the session's own, to
 * confirm answers.
 */
export interface SentHeartbeat {
  readonly kind: "asked" | "beat" | "mark";
  readonly mark: number;
  readonly at: number;
}
