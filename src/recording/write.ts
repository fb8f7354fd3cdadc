/** A recording as text. */
import { type Entry, type RecordedActor, type Standpoint, startEvent } from "./entry.js";
import type { ActorLine, CheckpointLine, Header, PolicyLine, StepLine } from "./format.js";
import { headerOf } from "./header.js";
import type { Picture } from "./picture.js";
import { inPieces } from "./pieces.js";
import type { Standing } from "./recorder.js";
import { keyOf } from "./taken.js";

type Line = Header | ActorLine | CheckpointLine | StepLine;

type Written = Omit<Entry, "bytes">;

class Writer {
  readonly #policies = new Map<object, number>();
  readonly #contexts = new Map<number, Standpoint["context"]>();

  /** One line, and before it the policies that it is the first to name. */
  *text(line: Line): Generator<string> {
    const before = this.#policies.size;
    const text = JSON.stringify(line, (name, value: unknown) =>
      name === "policy" && typeof value === "object" && value !== null ? this.#numberOf(value) : value,
    );
    for (const [policy, number] of [...this.#policies].slice(before))
      yield JSON.stringify({ policy: number, values: { ...policy } } satisfies PolicyLine);
    yield text;
  }

  /** An actor is begun by its start or, when that was dropped, by how it stood after its oldest step. */
  *lines(entry: Written): Generator<string> {
    const { actor, at, event, after } = entry;
    const before = this.#contexts.get(actor.number);
    const isStart = event.type === startEvent;
    if (before === undefined) yield* this.text(actorLine(actor));
    this.#contexts.set(actor.number, after.context);
    if (before === undefined && !isStart) return yield* this.text(checkpointLine(actor, at, after));
    yield* this.text(stepLine(entry, before));
  }

  *standing({ actor, after }: Standing, at: number): Generator<string> {
    if (this.#contexts.has(actor.number)) return;
    yield* this.text(actorLine(actor));
    yield* this.text(checkpointLine(actor, at, after));
  }

  #numberOf(policy: object): number {
    const number = this.#policies.get(policy) ?? this.#policies.size;
    this.#policies.set(policy, number);
    return number;
  }
}

const actorLine = ({ number, chart, key, parent }: RecordedActor): ActorLine => ({
  actor: number,
  chart,
  key,
  parent,
});

function checkpointLine({ number }: RecordedActor, at: number, after: Standpoint): CheckpointLine {
  const { status, state, context, children } = after;
  const history = Object.fromEntries(
    Object.entries(after.history).map(([id, states]) => [id, states.map((one) => one.id)]),
  );
  return { actor: number, at, checkpoint: { status, state, context, children, history } };
}

function stepLine(
  { actor, at, event, after, sent, drawn, taken, asked }: Written,
  before: Standpoint["context"] | undefined,
): StepLine {
  const { status, state, context } = after;
  const changes = Object.entries(context).filter(([name, value]) => before?.[name] !== value);
  return {
    actor: actor.number,
    at,
    event,
    state,
    ...(changes.length > 0 ? { context: Object.fromEntries(changes) } : {}),
    ...(status === "active" ? {} : { status }),
    ...(sent.length > 0 ? { sent } : {}),
    ...(drawn.length > 0 ? { random: drawn } : {}),
    ...(taken.length > 0 ? { taken: taken.map(keyOf) } : {}),
    ...(asked.length > 0 ? { asked } : {}),
  };
}

export function* recordingLines(picture: Picture): Generator<string> {
  const writer = new Writer();
  const { entries, standing, ...facts } = picture;
  yield* writer.text(headerOf(facts));
  for (const entry of entries) yield* writer.lines(entry);
  for (const one of standing) yield* writer.standing(one, picture.writtenAt);
}

/** The text in pieces of whole lines; other work has its turn between them. */
export const recordingText = (picture: Picture): AsyncGenerator<string, void> =>
  inPieces(recordingLines(picture));
