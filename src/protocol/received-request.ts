/** An execute request as it came: its payload lies in the bytes of its chunk, and becomes an object only when somebody asks. */
import type { ExecuteRequest, PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { textInUtf8 } from "./utf8.js";

/** The generated shape. */
export class ReceivedRequest implements ExecuteRequest {
  readonly $typeName = "matrix.connectors.v1.ExecuteRequest";
  requestId = "";
  payloadEncoding: PayloadEncoding = 0;
  context: { [key: string]: string } = {};
  capabilityId = "";
  readonly #bytes: Buffer;
  #from = 0;
  #to = 0;
  #payload: Uint8Array | undefined;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get payload(): Uint8Array {
    this.#payload ??= this.#bytes.subarray(this.#from, this.#to);
    return this.#payload;
  }

  get payloadBytes(): number {
    return this.#to - this.#from;
  }

  setPayload(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
  }

  /** The payload as text. Throws for bytes that are no UTF-8. */
  text(): string {
    return textInUtf8(this.#bytes, this.#from, this.#to);
  }
}

/** Bytes of a request's payload, without making an object of them. */
export const payloadBytesOfRequest = (request: ExecuteRequest): number =>
  request instanceof ReceivedRequest ? request.payloadBytes : request.payload.length;
