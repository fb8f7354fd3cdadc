/** Requests waiting for a slot: first in, first out, and findable by id. */
import type { ExecuteRequest } from "../gen/matrix/connectors/v1/connector_service_pb.js";

export class RequestQueue {
  /** A Map keeps insertion order, so its first entry is the oldest. */
  readonly #requests = new Map<string, ExecuteRequest>();

  get size(): number {
    return this.#requests.size;
  }

  has(requestId: string): boolean {
    return this.#requests.has(requestId);
  }

  push(request: ExecuteRequest): void {
    this.#requests.set(request.requestId, request);
  }

  shift(): ExecuteRequest | undefined {
    for (const [requestId, request] of this.#requests) {
      this.#requests.delete(requestId);
      return request;
    }
    return undefined;
  }

  ids(): readonly string[] {
    return [...this.#requests.keys()];
  }
}
