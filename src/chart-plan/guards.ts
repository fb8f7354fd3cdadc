/** Guards, asked as XState asks them, without the objects that it makes for each. */
import { type AnyEventObject, and, not, or, stateIn } from "xstate";
import type { Snapshot } from "./xstate-internals.js";

/** A guard as a chart has it: a function, a name, or a name with parameters. */
export type Guard = string | GuardFunction | { readonly type: string; readonly params?: unknown };

type GuardFunction = (args: GuardArgs, params: unknown) => boolean;

interface GuardArgs {
  readonly context: unknown;
  readonly event: AnyEventObject;
}

/** A guard of XState's own, such as `and` and `stateIn`. */
interface BuiltInGuard {
  check(snapshot: Snapshot, args: GuardArgs, guard: BuiltInGuard): boolean;
  readonly guards: readonly Guard[];
}

const asBuiltIn = (guard: unknown): BuiltInGuard => guard as BuiltInGuard;

const { check: checkAnd } = asBuiltIn(and([]));
const { check: checkOr } = asBuiltIn(or([]));
const { check: checkNot } = asBuiltIn(not(""));
const { check: checkStateIn } = asBuiltIn(stateIn(""));

/** Whether the machine is in a state, by the guard that asks: states that stand alike answer alike. */
export type StatesIn = Map<unknown, boolean>;

export class GuardAsker {
  readonly #snapshot: Snapshot;
  readonly #args: GuardArgs;
  readonly #statesIn: StatesIn;

  constructor(snapshot: Snapshot, event: AnyEventObject, statesIn: StatesIn) {
    this.#snapshot = snapshot;
    this.#args = { context: snapshot.context, event };
    this.#statesIn = statesIn;
  }

  says(guard: Guard): boolean {
    const found = this.#named(guard);
    // An alias or an unknown name: XState resolves it or throws.
    if (typeof found !== "function") return this.#check(asBuiltIn(and([guard as never])));
    // Worked out also for a guard that takes none: to work it out may throw.
    const params = this.#paramsOf(guard);
    return "check" in found ? this.#saysBuiltIn(asBuiltIn(found)) : found(this.#args, params);
  }

  #named(guard: Guard): unknown {
    if (typeof guard === "function") return guard;
    return this.#snapshot.machine.implementations.guards[typeof guard === "string" ? guard : guard.type];
  }

  #paramsOf(guard: Guard): unknown {
    if (typeof guard !== "object") return undefined;
    return typeof guard.params === "function" ? guard.params(this.#args) : guard.params;
  }

  #saysBuiltIn(guard: BuiltInGuard): boolean {
    const { check, guards } = guard;
    if (check === checkAnd) return guards.every((inner) => this.says(inner));
    if (check === checkOr) return guards.some((inner) => this.says(inner));
    if (check === checkNot) return !this.says(guards[0] as Guard);
    return check === checkStateIn ? this.#isIn(guard) : this.#check(guard);
  }

  #isIn(guard: BuiltInGuard): boolean {
    const known = this.#statesIn.get(guard);
    if (known !== undefined) return known;
    const isIn = this.#check(guard);
    this.#statesIn.set(guard, isIn);
    return isIn;
  }

  #check(guard: BuiltInGuard): boolean {
    return guard.check(this.#snapshot, this.#args, guard);
  }
}
