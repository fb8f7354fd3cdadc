/** Which requests of one registration may be what ends its thread, and which are not run again because they were. */
import type { Delivery } from "./delivery.js";
import type { RunningRequest } from "./running-request.js";
import type { TurnoverMap } from "./turnover-map.js";

export interface SuspectRequest {
  readonly requestId: string;
  /** The capability, of a tool its name; else the connector's type. */
  readonly handler: string;
}

export class Suspects {
  readonly #connectorType: string;
  readonly #running: TurnoverMap<string, RunningRequest>;
  readonly #delivery: Delivery;
  #refused: Map<string, string> | undefined;
  #lastAnswered = "";
  #lastCapability: string | undefined;

  constructor(connectorType: string, running: TurnoverMap<string, RunningRequest>, delivery: Delivery) {
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

  answered({ requestId, capabilityId }: RunningRequest): void {
    this.#lastAnswered = requestId;
    this.#lastCapability = capabilityId;
  }

  /** Those whose handlers have not ended, oldest first. */
  underWay(): readonly SuspectRequest[] {
    return [...this.#running.values()].map((one) => this.#suspect(one.requestId, one.capabilityId));
  }

  /** Its handler may have left a promise behind. Undefined when the gateway has confirmed its answer. */
  lastAnswered(): SuspectRequest | undefined {
    if (!this.#delivery.ids().includes(this.#lastAnswered)) return undefined;
    return this.#suspect(this.#lastAnswered, this.#lastCapability);
  }

  #suspect(requestId: string, capabilityId: string | undefined): SuspectRequest {
    return { requestId, handler: capabilityId ?? this.#connectorType };
  }
}
