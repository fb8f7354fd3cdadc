/**
 * Picks from a recording, line by line, what leads to a moment, and knows where its registrations stand then, as it
 * was recorded: nothing is replayed. The lines must have been read before. Browsers run it, too.
 */
import { publicPathOf } from "../../machines/public-states.js";
import { testOfMoment } from "./as-test.js";
import type { ActorLine, CheckpointLine, Header, StepLine } from "./format.js";

/** A larger test nobody reads or runs. In characters. */
const largest = 16 * 1024 * 1024;

type Line = Header | ActorLine | CheckpointLine | StepLine;

/** A moment that no test can be made of; the words say why. */
export class NoMoment extends Error {}

export interface WantedMoment {
  /** Only this registration; undefined: all. */
  readonly key: string | undefined;
  /** In ms since 1970; undefined: the end. */
  readonly at: number | undefined;
  /** Of the steps at that time, only so many; undefined: all. */
  readonly nth: number | undefined;
}

function placeOf(state: StepLine["state"]): string {
  const { state: name, below } = publicPathOf(state);
  return below === null ? name : `${name}.${below}`;
}

export class MomentPicker {
  readonly #key: string | undefined;
  readonly #at: number;
  /** Steps at that time that may still come. */
  #left: number;
  #header: Header | undefined;
  #isOver = false;
  #size = 0;
  #last = 0;
  readonly #lines: string[] = [];
  readonly #actors = new Map<number, ActorLine>();
  readonly #states = new Map<string, string>();

  constructor({ key, at, nth }: WantedMoment) {
    this.#key = key;
    this.#at = at ?? Number.POSITIVE_INFINITY;
    this.#left = nth ?? Number.POSITIVE_INFINITY;
  }

  /** The next line. Throws {@link NoMoment} when they become too many. */
  take(text: string): void {
    if (text.trim() === "") return;
    const line: Line | { readonly policy: number } = JSON.parse(text);
    if ("format" in line) this.#header = line;
    else if ("chart" in line) this.#actors.set(line.actor, line);
    if (!("actor" in line)) return this.#keep(text);
    const actor = this.#actors.get(line.actor);
    const isWanted = this.#key === undefined || actor?.key === this.#key;
    if ("chart" in line) return isWanted ? this.#keep(text) : undefined;
    const stoodStill = "checkpoint" in line && line.at === this.#header?.writtenAt;
    if (!stoodStill) this.#follow(line.at);
    if (!isWanted) return;
    if (this.#isOver && !stoodStill) return;
    if (!stoodStill) this.#last = line.at;
    this.#keep(text);
    if (actor?.chart !== "registration") return;
    this.#states.set(actor.key, placeOf("checkpoint" in line ? line.checkpoint.state : line.state));
  }

  /** As a test file. Throws {@link NoMoment} when there is nothing that it could look at. */
  test(): string {
    if (!this.#header || this.#states.size === 0)
      throw new NoMoment(
        this.#key === undefined
          ? "No registration is in the recording at that time."
          : `${this.#key} is not in the recording at that time.`,
      );
    return testOfMoment({
      mooring: this.#header.mooring,
      at: this.#last || this.#header.writtenAt,
      lines: this.#lines,
      states: Object.fromEntries(this.#states),
      options: this.#key === undefined ? {} : { key: this.#key },
    });
  }

  #follow(at: number): void {
    if (at === this.#at) this.#left -= 1;
    this.#isOver ||= at > this.#at || this.#left < 0;
  }

  #keep(text: string): void {
    this.#size += text.length;
    if (this.#size > largest)
      throw new NoMoment(
        this.#key === undefined
          ? "The test would be larger than 16 MiB: choose a registration, or an earlier time."
          : "The test would be larger than 16 MiB: choose an earlier time.",
      );
    this.#lines.push(text);
  }
}
