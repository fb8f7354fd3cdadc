/** What waits to be read by clients: how much it is, and whose stream ends when it is too much for the gateway. */

import { create } from "@bufbuild/protobuf";
import { type StreamMessage, StreamMessageSchema } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { defaultMaxUnreadBytes } from "../protocol/limits.js";

export type Body = NonNullable<StreamMessage["message"]>;

export const message = (body: Body): StreamMessage => create(StreamMessageSchema, { message: body });

/** Bytes that a waiting message holds, about: only those with a payload can be large. */
export function unreadWeight(body: Body): number {
  if (body.case === "wsFrame") return 256 + body.value.data.length;
  if (body.case === "invokeResponse") return 256 + body.value.payload.length;
  if (body.case !== "executeRequest") return 256;
  const { payload, requestId, capabilityId, context } = body.value;
  const words = Object.entries(context).reduce((sum, [name, text]) => sum + name.length + text.length, 0);
  return 256 + payload.length + requestId.length + capabilityId.length + words;
}

/** A stream in which messages wait. */
export interface Holder {
  readonly unreadBytes: number;
  giveUp(): void;
}

export class UnreadBudget {
  readonly #maxBytes: number;
  readonly #holders = new Set<Holder>();
  #bytes = 0;

  constructor(maxBytes = defaultMaxUnreadBytes) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** More waits in a stream, or less. */
  add(holder: Holder, bytes: number): void {
    this.#bytes += bytes;
    if (holder.unreadBytes > 0) this.#holders.add(holder);
    else this.#holders.delete(holder);
  }

  /** Before more is queued: the stream that holds most ends, and what waits in the others stays. */
  makeRoom(): void {
    while (this.#bytes > this.#maxBytes) {
      let most: Holder | undefined;
      for (const one of this.#holders) if (one.unreadBytes > (most?.unreadBytes ?? 0)) most = one;
      if (!most) return;
      most.giveUp();
    }
  }
}
