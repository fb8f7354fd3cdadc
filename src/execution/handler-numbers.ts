/** The numbers of one registration's handlers on the board: each is given at the handler's first request. */
import type { Connector } from "../connectors/connector.js";
import type { HandlerBoard } from "./handler-board.js";

export class HandlerNumbers {
  readonly #board: HandlerBoard;
  readonly #registration: string;
  readonly #connector: Connector;
  /** By capability; 0: not given yet. Only what the connector advertises: a gateway may ask for anything. */
  #byCapability: Map<string, number> | undefined;
  /** For all other requests. */
  #own = 0;

  constructor(board: HandlerBoard, registration: string, connector: Connector) {
    this.#board = board;
    this.#registration = registration;
    this.#connector = connector;
  }

  of(capabilityId: string): number {
    if (capabilityId === "") return this.#ownNumber();
    this.#byCapability ??= new Map(this.#connector.taskTypes.map(({ taskTypeId }) => [taskTypeId, 0]));
    const given = this.#byCapability.get(capabilityId);
    if (given === undefined) return this.#ownNumber();
    if (given > 0) return given;
    const number = this.#name(capabilityId);
    this.#byCapability.set(capabilityId, number);
    return number;
  }

  release(): void {
    for (const number of this.#byCapability?.values() ?? []) this.#board.release(number);
    this.#board.release(this.#own);
    this.#byCapability = undefined;
    this.#own = 0;
  }

  #ownNumber(): number {
    if (this.#own === 0) this.#own = this.#name(this.#connector.connectorType);
    return this.#own;
  }

  #name(handler: string): number {
    return this.#board.name({ registration: this.#registration, handler });
  }
}
