/** Which requests of one registration may be what ends its thread, and which are not run again because they were. */
import type { ExecuteRequest } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Delivery } from "./delivery.js";
import type { Quarantine, Quarantined } from "./quarantine.js";
import type { RequestQueue } from "./request-queue.js";
import type { RunningRequest } from "./running-request.js";
import type { RunningRequests } from "./running-requests.js";

export interface SuspectRequest {
  readonly requestId: string;
  /** The capability, of a tool its name; else the connector's type. */
  readonly handler: string;
}

/** What exists only where a thread has died before. */
interface Suspected {
  readonly ids: Set<string>;
  readonly quarantine: Quarantine;
  turn: "none" | "asked" | "mine" | { readonly runs: string };
}

export class Suspects implements Quarantined {
  readonly #connectorType: string;
  readonly #running: RunningRequests;
  readonly #delivery: Delivery;
  readonly #queue: RequestQueue;
  readonly #fill: () => void;
  #suspected: Suspected | undefined;
  #refused: Map<string, string> | undefined;
  #lastAnswered = "";
  #lastCapability: string | undefined;

  /** `fill` starts what may run. */
  constructor(
    connectorType: string,
    running: RunningRequests,
    delivery: Delivery,
    queue: RequestQueue,
    fill: () => void,
  ) {
    this.#queue = queue;
    this.#fill = fill;
    this.#connectorType = connectorType;
    this.#running = running;
    this.#delivery = delivery;
  }

  /** The request, should it come again, is answered with `why`, and no handler gets it. */
  refuse(requestId: string, why: string): void {
    this.#refused ??= new Map();
    this.#refused.set(requestId, why);
  }

  /** Why it is not run again; undefined for every other request. */
  refusal(requestId: string): string | undefined {
    return this.#refused?.get(requestId);
  }

  /** The requests, should they come again, run one at a time. */
  suspect(ids: readonly string[], quarantine: Quarantine): void {
    if (ids.length === 0) return;
    this.#suspected = { ids: new Set(ids), quarantine, turn: "none" };
  }

  /** Takes a request that has to wait for its turn. False: it may run. */
  takes(request: ExecuteRequest): boolean {
    const suspected = this.#suspected;
    if (!suspected?.ids.has(request.requestId)) return false;
    this.#queue.pushAside(request);
    this.#ask(suspected);
    return true;
  }

  /** One that has its turn. */
  next(): ExecuteRequest | undefined {
    const suspected = this.#suspected;
    if (suspected?.turn !== "mine") return undefined;
    const request = this.#queue.shiftAside();
    if (request) suspected.turn = { runs: request.requestId };
    else this.#leave(suspected);
    return request;
  }

  turn(): void {
    if (this.#suspected) this.#suspected.turn = "mine";
    this.#fill();
  }

  answered({ requestId, capabilityId }: RunningRequest): void {
    this.#lastAnswered = requestId;
    this.#lastCapability = capabilityId;
    if (this.#suspected) this.#over(this.#suspected, requestId);
  }

  /** Others must not wait for it. */
  close(): void {
    if (this.#suspected) this.#leave(this.#suspected);
  }

  /** Those whose handlers have not ended, oldest first. */
  underWay(): readonly SuspectRequest[] {
    return this.#running.all().map((one) => this.#suspect(one.requestId, one.capabilityId));
  }

  /** Its handler may have left a promise behind. Undefined when the gateway has confirmed its answer. */
  lastAnswered(): SuspectRequest | undefined {
    if (!this.#delivery.ids().includes(this.#lastAnswered)) return undefined;
    return this.#suspect(this.#lastAnswered, this.#lastCapability);
  }

  #ask(suspected: Suspected): void {
    if (suspected.turn === "none") suspected.turn = suspected.quarantine.ask(this) ? "mine" : "asked";
  }

  #leave(suspected: Suspected): void {
    if (suspected.turn === "none") return;
    suspected.turn = "none";
    suspected.quarantine.leave(this);
  }

  #over(suspected: Suspected, requestId: string): void {
    if (typeof suspected.turn === "string" || suspected.turn.runs !== requestId) return;
    suspected.ids.delete(requestId);
    this.#leave(suspected);
    if (this.#queue.hasAside) this.#ask(suspected);
  }

  #suspect(requestId: string, capabilityId: string | undefined): SuspectRequest {
    return { requestId, handler: capabilityId ?? this.#connectorType };
  }
}
