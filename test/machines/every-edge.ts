/** Ways through a chart, found by XState: the shortest to every state, and one over every edge. */
import { type AnyStateMachine, transition } from "xstate";
import { getShortestPaths } from "xstate/graph";

export type Path<Event, State> = readonly { readonly event: Event; readonly state: State }[];

interface Graph<Event, State> {
  readonly input: unknown;
  /** What may happen in a state. */
  eventsOf(state: State): readonly Event[];
  /** Two states with the same word are one. */
  wordOf(state: State): string;
}

export function pathsOverEveryEdge<Event extends { readonly type: string }, State>(
  machine: AnyStateMachine,
  { input, eventsOf, wordOf }: Graph<Event, State>,
): readonly Path<Event, State>[] {
  const toState = getShortestPaths<AnyStateMachine>(machine, {
    input,
    events: (snapshot: unknown) => eventsOf(snapshot as State),
    serializeState: (snapshot: unknown) => wordOf(snapshot as State),
  } as never);
  return toState.flatMap(({ state, steps }) => {
    const way = steps.slice(1) as unknown as Path<Event, State>;
    return eventsOf(state as unknown as State).map((event) => {
      const [next] = transition<AnyStateMachine>(machine, state, event);
      return [...way, { event, state: next as unknown as State }];
    });
  });
}
