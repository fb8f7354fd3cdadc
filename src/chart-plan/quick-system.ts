/**
 * XState's system of actors, with timers in a list of each actor and events told only to observers who are there. XState
 * keeps the timers of all actors by names that it makes of ids, looks through all of them when one actor stops, and makes
 * an object for each thing that it tells, also where nobody listens.
 */
import type { AnyActorRef, AnyEventObject } from "xstate";
import {
  type Clock,
  internalsOf,
  type Scheduler,
  type System,
  type SystemInternals,
} from "./xstate-internals.js";

/** A timer of an actor, as XState writes it down. */
interface Scheduled {
  readonly source: AnyActorRef;
  readonly target: AnyActorRef;
  readonly event: AnyEventObject;
  /** In ms. */
  readonly delay: number;
  readonly id: string;
  readonly startedAt: number;
}

interface Timer extends Scheduled {
  /** In which order all timers of the system were set. */
  number: number;
  timeout: unknown;
}

/** What of a system is written down with it. */
interface Written {
  readonly _scheduledEvents: Readonly<Record<string, Scheduled>>;
}

/** What of an actor its exported type does not say. */
interface Root {
  readonly _parent?: AnyActorRef;
  readonly options?: { readonly inspect?: unknown };
}

interface Receiving {
  _send(event: AnyEventObject): void;
}

const observed = Symbol("observed");

interface Watched {
  [observed]?: Observers;
}

class Observers {
  #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  get areThere(): boolean {
    return this.#count > 0;
  }

  /** As the system's own, which is `inspect`, and counted. */
  counting(inspect: System["inspect"]): System["inspect"] {
    return (observer) => {
      const { unsubscribe } = inspect(observer);
      let leave = () => {
        this.#count -= 1;
        unsubscribe();
      };
      this.#count += 1;
      return {
        unsubscribe: () => {
          leave();
          leave = () => {};
        },
      };
    };
  }
}

class Timers implements Scheduler {
  readonly #clock: Clock;
  readonly #relay: SystemInternals["_relay"];
  readonly #ofActors = new Map<AnyActorRef, Timer[]>();
  #count = 0;

  constructor(clock: Clock, relay: SystemInternals["_relay"]) {
    this.#clock = clock;
    this.#relay = relay;
  }

  schedule(
    source: AnyActorRef,
    target: AnyActorRef,
    event: AnyEventObject,
    delay: number,
    id = Math.random().toString(36).slice(2),
  ): void {
    this.#count += 1;
    const startedAt = Date.now();
    const timer: Timer = {
      source,
      target,
      event,
      delay,
      id,
      startedAt,
      number: this.#count,
      timeout: undefined,
    };
    this.#put(timer);
    timer.timeout = this.#clock.setTimeout(() => {
      this.#take(source, id);
      this.#relay(source, target, event);
    }, delay);
  }

  cancel(source: AnyActorRef, id: string): void {
    const timer = this.#take(source, id);
    if (timer?.timeout !== undefined) this.#clock.clearTimeout(timer.timeout);
  }

  cancelAll(source: AnyActorRef): void {
    const timers = this.#ofActors.get(source);
    if (!timers) return;
    this.#ofActors.delete(source);
    for (const { timeout } of timers) if (timeout !== undefined) this.#clock.clearTimeout(timeout);
  }

  /** As XState keeps them. */
  written(): Record<string, Scheduled> {
    const all = [...this.#ofActors.values()].flat().sort((a, b) => a.number - b.number);
    return Object.fromEntries(
      all.map(({ number: _number, timeout: _timeout, ...scheduled }) => [
        `${scheduled.source.sessionId}.${scheduled.id}`,
        scheduled,
      ]),
    );
  }

  /** As with XState, one of the same id leaves it its place, and goes on. */
  #put(timer: Timer): void {
    const { source, id } = timer;
    const timers = this.#ofActors.get(source);
    if (!timers) {
      this.#ofActors.set(source, [timer]);
      return;
    }
    const at = timers.findIndex((one) => one.id === id);
    const before = timers[at];
    timer.number = before?.number ?? timer.number;
    if (before) timers[at] = timer;
    else timers.push(timer);
  }

  #take(source: AnyActorRef, id: string): Timer | undefined {
    const timers = this.#ofActors.get(source);
    if (!timers) return undefined;
    const at = timers.findIndex((timer) => timer.id === id);
    if (at === -1) return undefined;
    const timer = timers[at];
    if (timers.length === 1) this.#ofActors.delete(source);
    else timers.splice(at, 1);
    return timer;
  }
}

/** Does so with the system of an actor that is its root and begins; not with one that was restored with its timers. */
export function quicken(root: AnyActorRef): void {
  const { _parent: parent, options } = root as unknown as Root;
  // Not the scope's, which whoever listens to the steps may have put another before.
  const system = root.system as System & Watched;
  if (parent !== undefined || system[observed] !== undefined) return;
  const internals = internalsOf(system);
  const observers = new Observers(options?.inspect ? 1 : 0);
  const relay: SystemInternals["_relay"] = (source, target, event) => {
    if (observers.areThere)
      internals._sendInspectionEvent({
        type: "@xstate.event",
        sourceRef: source,
        actorRef: target,
        event,
      });
    (target as unknown as Receiving)._send(event);
  };
  const timers = new Timers(internals._clock, relay);
  const written: Written = {
    get _scheduledEvents() {
      return timers.written();
    },
    // XState sets it anew when a system starts, when there are none.
    set _scheduledEvents(_none) {},
  };
  const inspect = observers.counting(system.inspect.bind(system));
  Object.assign(internals, { [observed]: observers, _relay: relay, scheduler: timers, inspect });
  Object.defineProperty(internals, "_snapshot", { value: written, configurable: true, writable: true });
}

/** Whether anybody observes the system; of one that was not quickened nobody knows. */
export const isObserved = (system: System): boolean => (system as Watched)[observed]?.areThere ?? true;
