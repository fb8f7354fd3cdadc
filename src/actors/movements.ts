/**
 * Tells the supervisor where registrations stand: the first movements of a turn of the event loop at once, those of
 * a storm together at the end of it. Each message is a step of the supervisor's machine, and one for every movement
 * of thousands took a tenth of the time of a storm.
 */
import type { Movement } from "../../machines/index.js";

/** As many as a person may be looking at. */
const toldAtOnce = 16;

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
    // A registration that is new is told of at once: a drain must not take those before it for all there are.
    if (this.#left === 0 && movement.from !== null) return;
    if (this.#left > 0) this.#left -= 1;
    this.#flush();
  }

  readonly #nextTurn = (): void => {
    this.#left = toldAtOnce;
    this.#state = "idle";
    this.#flush();
  };

  #flush(): void {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    this.#tell(held);
  }
}
