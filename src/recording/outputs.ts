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

/** Of classes, for the reason of `NotedStep`. */
class SentOutput {
  readonly to: string;
  readonly event: RecordedEvent;

  constructor(to: string, event: RecordedEvent) {
    this.to = to;
    this.event = event;
  }
}

class StartOutput {
  readonly starts: string;
  readonly input: unknown;

  constructor(starts: string, input: unknown) {
    this.starts = starts;
    this.input = input;
  }
}

class StopOutput {
  readonly stops: string;

  constructor(stops: string) {
    this.stops = stops;
  }
}

class EmittedOutput {
  readonly emits: RecordedEvent;

  constructor(emits: RecordedEvent) {
    this.emits = emits;
  }
}

/** Undefined: it stays inside, as assignments, raised events and timers do. */
export function outputOf(type: string, params: unknown): Output | undefined {
  // The parameters of XState's own actions; their types are not among its exports.
  switch (type) {
    case "xstate.sendTo": {
      const { targetId = parent, event } = params as Sent;
      return new SentOutput(targetId === "#_parent" ? parent : targetId, event);
    }
    case "xstate.spawnChild": {
      const { id, input } = params as Spawned;
      return new StartOutput(id, charts.has(id) ? undefined : input);
    }
    case "xstate.stopChild":
      // Nothing is there to be stopped where a state only makes sure.
      return params ? new StopOutput((params as { readonly id: string }).id) : undefined;
    case "xstate.emit":
      return new EmittedOutput((params as { readonly event: RecordedEvent }).event);
    default:
      return undefined;
  }
}
