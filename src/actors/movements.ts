/**
 * Tells the supervisor where registrations stand: a few movements of a turn of the event loop at once, those of a storm
 * together at the end of each turn. Each message is a step of the supervisor's machine, and one for every movement of
 * thousands took a tenth of the time of a storm.
 */
import type { Movement } from "../../machines/index.js";

/** As many as a person who does one thing sees move. */
const toldAtOnce = 4;

/** Of a class: those of a storm live until the end of its turn, and V8 treats literals that live as `NotedStep` tells. */
export class Moved implements Movement {
  readonly from: Movement["from"];
  readonly to: Movement["to"];

  constructor(from: Movement["from"], to: Movement["to"]) {
    this.from = from;
    this.to = to;
  }
}

export class Movements {
  readonly #tell: (movements: readonly Movement[]) => void;
  #left = toldAtOnce;
  #state: "idle" | "counting" = "idle";
  #held: Movement[] = [];

  constructor(tell: (movements: readonly Movement[]) => void) {
    this.#tell = tell;
  }

  add(movement: Movement): void {
    if (this.#state === "idle") {
      this.#state = "counting";
      setImmediate(this.#nextTurn);
    }
    this.#held.push(movement);
    if (this.#left === 0) return;
    this.#left -= 1;
    this.flush();
  }

  /** Tells what is held, now. */
  flush(): void {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    this.#tell(held);
  }

  readonly #nextTurn = (): void => {
    const areMany = this.#held.length > 0;
    // While many move, once in a turn is soon enough.
    this.#left = areMany ? 0 : toldAtOnce;
    if (areMany) setImmediate(this.#nextTurn);
    else this.#state = "idle";
    this.flush();
  };
}
