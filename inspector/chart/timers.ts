/** The timers that run in a chart, by the machines' own tables of delays: nothing has to be told of them. */
import { credentialsDelays } from "../../machines/credentials/delays.js";
import { livenessDelays } from "../../machines/liveness-delays.js";
import { registrationDelays } from "../../machines/registration/delays.js";
import { restartIntensity } from "../../machines/restarts.js";
import { supervisorDelays } from "../../machines/supervisor-delays.js";
import type { LookedActor } from "../source.js";
import type { Drawing } from "./drawing.js";

type Delay = number | ((args: { readonly context: never }) => number);

const delays: Readonly<Record<string, Readonly<Record<string, Delay>>>> = {
  registration: registrationDelays,
  credentials: credentialsDelays,
  liveness: livenessDelays,
  partition: { faultWindow: restartIntensity.windowMs },
  supervisor: supervisorDelays,
};

export interface Timer {
  readonly key: string;
  readonly event: string;
  /** Where it leads when no guard says otherwise. */
  readonly to: string;
  readonly ms: number;
  /** When it is over; undefined: its state was entered before the page was opened. */
  readonly at: number | undefined;
}

/** What the feed shows of a context is what the delays need of it. */
function lengthOf(delay: Delay, context: LookedActor["context"]): number {
  try {
    return typeof delay === "number" ? delay : delay({ context: context as never });
  } catch {
    return Number.NaN;
  }
}

/** Of the candidates for an event the last is the one that nothing is asked of. */
const placeOf = (key: string): number => Number(key.slice(key.lastIndexOf(" ") + 1));

/** What leads on by itself, once for each timer. */
function due(
  { edges }: Drawing,
  active: ReadonlySet<string>,
): Iterable<Omit<Timer, "ms" | "at"> & { from: string }> {
  const timers = new Map<string, Omit<Timer, "ms" | "at"> & { from: string }>();
  for (const { from = "", to = "", transitions = [] } of edges) {
    if (!active.has(from)) continue;
    for (const { key, event } of transitions) {
      const known = timers.get(`${from} ${event}`);
      if (event.startsWith("after ") && (!known || placeOf(key) > placeOf(known.key)))
        timers.set(`${from} ${event}`, { key, event, from, to });
    }
  }
  return timers.values();
}

/** The soonest first. `since`: when the innermost state was entered, where the page did not see it. */
export function timersOf(actor: LookedActor, drawing: Drawing, since: number | undefined): readonly Timer[] {
  const { machine = "", active, context, enteredAt } = actor;
  const timers = [...due(drawing, active)].flatMap(({ key, event, from, to }): readonly Timer[] => {
    const delay = delays[machine]?.[event.slice("after ".length)];
    const ms = delay === undefined ? Number.NaN : lengthOf(delay, context);
    const entered = enteredAt.get(from) ?? (drawing.leaves.has(from) ? since : undefined);
    return Number.isFinite(ms) ? [{ key, event, to, ms, at: entered && entered + ms }] : [];
  });
  return timers.sort((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity) || 0);
}
