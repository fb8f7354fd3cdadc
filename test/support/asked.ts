/** Requests for connectors that are called without a runtime. */
import { type ConnectorRequest, PayloadEncoding, RawAnswer } from "mooring";
import { decodePayload } from "../../src/protocol/encodings.js";

export function asked(
  value: unknown,
  fields: Partial<Pick<ConnectorRequest, "capabilityId" | "encoding" | "bytes" | "requestId">> = {},
): ConnectorRequest {
  const bytes = fields.bytes ?? new TextEncoder().encode(JSON.stringify(value));
  const encoding = fields.encoding ?? PayloadEncoding.JSON;
  return {
    requestId: "r",
    capabilityId: undefined,
    ...fields,
    encoding,
    bytes,
    json: () => decodePayload(bytes, encoding),
  };
}

/** The value that an answer holds. */
export function answered(result: unknown): unknown {
  return result instanceof RawAnswer ? decodePayload(result.bytes, result.encoding) : result;
}
