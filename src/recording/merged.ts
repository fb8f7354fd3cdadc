/**
 * Recordings of several threads as one: one header, actors and policies numbered anew, what happened in the order of
 * its times. Each thread's own lines keep their order.
 */
import type { Header } from "./format.js";
import { headerOf } from "./header.js";
import { inPieces } from "./pieces.js";
import type { Occasion, RecordingKeep } from "./settings.js";

/** What one thread has recorded, in pieces of whole lines. */
export interface Source {
  /** From 1. */
  readonly worker: number;
  readonly pieces: readonly string[];
}

export interface Gathered {
  readonly sources: readonly Source[];
  /** How many workers there are. */
  readonly workers: number;
  /** Those that did not answer. */
  readonly silent: readonly number[];
  /** When the last thread of a worker died, in ms since 1970: what it had recorded is gone. */
  readonly deaths: ReadonlyMap<number, number>;
  /** In ms since 1970. */
  readonly startedAt: number;
  readonly askedAt: number;
  readonly occasion: Occasion;
  readonly keep: RecordingKeep;
  readonly faultAt: number | null;
}

interface Line {
  readonly [field: string]: unknown;
}

/** A line in which something happened, after those that it needs. */
interface Moment {
  readonly at: number;
  readonly lines: readonly Line[];
}

/** Numbers for all threads. */
class Numbers {
  actors = 0;
  /** By their values. */
  readonly policies = new Map<string, number>();
}

/** One thread's recording, on its way into the whole. */
class Part {
  readonly header: Header;
  readonly worker: number;
  readonly #moments: Generator<Moment, undefined>;
  readonly #numbers: Numbers;
  readonly #actors = new Map<unknown, number>();
  readonly #policies = new Map<unknown, number>();
  next: Moment | undefined;

  constructor({ worker, pieces }: Source, numbers: Numbers, writtenAt: number) {
    const lines = linesOf(pieces);
    this.header = headerIn(lines);
    this.worker = worker;
    this.#numbers = numbers;
    this.#moments = momentsOf(lines, this.header.writtenAt, writtenAt);
    this.#advance();
  }

  #advance(): void {
    this.next = this.#moments.next().value;
  }

  /** The lines of the next moment, by the numbers of the whole. */
  *take(): Generator<string> {
    for (const line of this.next?.lines ?? []) {
      if ("policy" in line) yield* this.#policy(line);
      else if ("chart" in line) yield this.#actor(line);
      else yield this.#step(line);
    }
    this.#advance();
  }

  *#policy({ policy, values }: Line): Generator<string> {
    const { policies } = this.#numbers;
    const text = JSON.stringify(values);
    const known = policies.get(text);
    const number = known ?? policies.size;
    this.#policies.set(policy, number);
    if (known !== undefined) return;
    policies.set(text, number);
    yield JSON.stringify({ policy: number, values });
  }

  #actor({ actor, parent, ...said }: Line): string {
    this.#numbers.actors += 1;
    this.#actors.set(actor, this.#numbers.actors);
    const above = this.#actors.get(parent) ?? null;
    return JSON.stringify({ actor: this.#numbers.actors, ...said, parent: above, worker: this.worker });
  }

  #step({ actor, ...said }: Line): string {
    return JSON.stringify({ actor: this.#actors.get(actor), ...said }, (name, value: unknown) =>
      name === "policy" ? (this.#policies.get(value) ?? value) : value,
    );
  }
}

function* linesOf(pieces: readonly string[]): Generator<string, undefined> {
  for (const piece of pieces) for (const line of piece.split("\n")) if (line !== "") yield line;
}

/** What stood still when a thread wrote its own stood so when the whole was written. */
function* momentsOf(
  lines: Generator<string, undefined>,
  writtenAt: number,
  wholeAt: number,
): Generator<Moment, undefined> {
  let before: Line[] = [];
  for (const raw of lines) {
    const line: Line = JSON.parse(raw);
    if (typeof line.at !== "number") {
      before.push(line);
      continue;
    }
    const at = "checkpoint" in line && line.at === writtenAt ? wholeAt : line.at;
    yield { at, lines: [...before, { ...line, at }] };
    before = [];
  }
}

/** The part whose next moment is the earliest. */
function earliest(parts: readonly Part[]): Part | undefined {
  let found: Part | undefined;
  for (const part of parts)
    if (part.next && (found?.next === undefined || part.next.at < found.next.at)) found = part;
  return found;
}

const headerIn = (lines: Generator<string, undefined>): Header => JSON.parse(lines.next().value ?? "{}");

/** A thread's death counts for as long as anything of its time is there. */
function missingIn({ silent, deaths }: Gathered, parts: readonly Part[]): readonly number[] {
  const oldest = Math.min(...parts.flatMap(({ next }) => (next ? [next.at] : [])));
  const lost = [...deaths].flatMap(([worker, at]) =>
    at >= oldest || !Number.isFinite(oldest) ? [worker] : [],
  );
  return [...new Set([...silent, ...lost])].sort((one, other) => one - other);
}

function headerFor(gathered: Gathered, parts: readonly Part[], writtenAt: number): Header {
  const { startedAt, occasion, keep, faultAt, workers } = gathered;
  return headerOf({
    startedAt,
    writtenAt,
    occasion,
    keep,
    dropped: parts.reduce((sum, { header }) => sum + header.dropped, 0),
    faultAt,
    workers,
    missing: missingIn(gathered, parts),
  });
}

function* mergedLines(gathered: Gathered): Generator<string> {
  const { sources, askedAt } = gathered;
  const numbers = new Numbers();
  const writtenAt = Math.max(askedAt, ...sources.map(({ pieces }) => headerIn(linesOf(pieces)).writtenAt));
  const parts = sources.map((source) => new Part(source, numbers, writtenAt));
  yield JSON.stringify(headerFor(gathered, parts, writtenAt));
  for (let part = earliest(parts); part; part = earliest(parts)) yield* part.take();
}

/** In pieces of whole lines; other work has its turn between them. */
export const mergedText = (gathered: Gathered): AsyncGenerator<string, void> =>
  inPieces(mergedLines(gathered));
