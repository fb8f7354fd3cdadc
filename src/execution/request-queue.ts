/** Requests waiting for a slot: first in, first out, and findable by id. */
import type { ExecuteRequest } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { RequestTap } from "./request-tap.js";

/** So many are taken before the list is made anew while others wait, and the ids in any case. */
const slack = 256;

const idOf = ({ requestId }: ExecuteRequest): string => requestId;

export class RequestQueue {
  #requests: ExecuteRequest[] = [];
  /** Undefined while nobody looks. */
  #tap: RequestTap | undefined;
  /** What waits for something else than a slot. */
  #aside: ExecuteRequest[] | undefined;
  /** Everything before it has been taken. */
  #head = 0;
  /** Made when first needed: of thousands of registrations, few ever have to queue. */
  #ids: Set<string> | undefined;
  /** From the present ids. */
  #removals = 0;

  look(tap: RequestTap | undefined): void {
    this.#tap = tap;
  }

  get size(): number {
    return this.#ids?.size ?? 0;
  }

  has(requestId: string): boolean {
    return this.#ids?.has(requestId) ?? false;
  }

  push(request: ExecuteRequest): void {
    this.#tap?.queued(request.requestId);
    this.#requests.push(request);
    this.#ids ??= new Set();
    this.#ids.add(request.requestId);
  }

  get hasAside(): boolean {
    return this.#aside !== undefined && this.#aside.length > 0;
  }

  pushAside(request: ExecuteRequest): void {
    this.#tap?.queued(request.requestId);
    this.#aside ??= [];
    this.#aside.push(request);
    this.#ids ??= new Set();
    this.#ids.add(request.requestId);
  }

  shiftAside(): ExecuteRequest | undefined {
    const request = this.#aside?.shift();
    if (request) this.#ids?.delete(request.requestId);
    return request;
  }

  shift(): ExecuteRequest | undefined {
    const request = this.#requests[this.#head];
    if (!request) return undefined;
    this.#head += 1;
    this.#ids?.delete(request.requestId);
    this.#removals += 1;
    // A request pins the chunk it came in, so an empty queue lets go of all.
    const empty = this.#head === this.#requests.length;
    if (empty || (this.#head > slack && this.#head * 2 > this.#requests.length)) this.#renew();
    return request;
  }

  /** Of those that wait for a slot the oldest, then of those that wait for something else, at most so many. */
  first(most: number): readonly ExecuteRequest[] {
    const waiting = this.#requests.slice(this.#head, this.#head + most);
    return [...waiting, ...(this.#aside?.slice(0, most - waiting.length) ?? [])];
  }

  ids(): readonly string[] {
    return [...(this.#ids ?? [])];
  }

  /**
   * The ids too, and not only when they are none: `turnover-map.ts` tells why. But not for each request of a queue
   * that one comes into and leaves.
   */
  #renew(): void {
    this.#requests = this.#requests.slice(this.#head);
    this.#head = 0;
    if (this.#removals < slack) return;
    this.#removals = 0;
    const left = this.#aside ? [...this.#requests, ...this.#aside] : this.#requests;
    this.#ids = left.length === 0 ? undefined : new Set(left.map(idOf));
  }
}
