/** What an action of XState lets out of a chart; the recorder and the replay see the same actions, and both ask here. */
import type { Output, RecordedEvent } from "./entry.js";

interface Sent {
  readonly to?: { readonly id?: string };
  /** Absent where a chart sends to its parent or to an actor that it holds. */
  readonly targetId?: string;
  readonly event: RecordedEvent;
}

interface Spawned {
  readonly id: string;
  readonly input?: unknown;
}

/** Where XState says `#_parent`. */
const parent = "parent";

/** Their input is the start of an actor of the recording. */
const charts: ReadonlySet<string> = new Set(["credentials", "liveness"]);

function startOf({ id, input }: Spawned): Output {
  return input === undefined || charts.has(id) ? { starts: id } : { starts: id, input };
}

/** Undefined: it stays inside, as assignments, raised events and timers do. */
export function outputOf(type: string, params: unknown): Output | undefined {
  // The parameters of XState's own actions; their types are not among its exports.
  switch (type) {
    case "xstate.sendTo": {
      const { targetId = parent, event } = params as Sent;
      return { to: targetId === "#_parent" ? parent : targetId, event };
    }
    case "xstate.spawnChild":
      return startOf(params as Spawned);
    case "xstate.stopChild":
      // Nothing is there to be stopped where a state only makes sure.
      return params ? { stops: (params as { readonly id: string }).id } : undefined;
    case "xstate.emit":
      return { emits: (params as { readonly event: RecordedEvent }).event };
    default:
      return undefined;
  }
}
