/**
 * How every registration fared lately: of each the last stretches in one tone. All of them lie in two lists of numbers,
 * because 10,000 lists of objects would be most of the page's memory.
 */
import type { Tone } from "../../src/troubles/tone.js";
import { stretchesKept as kept, type Stretch } from "./row.js";

const tones = ["good", "wait", "warm", "bad", "drain", "off"] as const satisfies readonly Tone[];

export class Strips {
  #times = new Float64Array(kept * 64);
  #tones = new Uint8Array(kept * 64);
  /** Of each place, how many stretches there were. */
  #counts = new Uint32Array(64);
  readonly #free: number[] = [];
  #places = 0;

  /** A place for a registration, with nothing in it. */
  open(): number {
    const place = this.#free.pop() ?? this.#places++;
    if (place >= this.#counts.length) this.#grow();
    this.#counts[place] = 0;
    return place;
  }

  close(place: number): void {
    this.#free.push(place);
  }

  clear(): void {
    this.#free.length = 0;
    this.#places = 0;
  }

  add(place: number, at: number, tone: Tone): void {
    const count = this.#counts[place] ?? 0;
    const slot = place * kept + (count % kept);
    this.#times[slot] = at;
    this.#tones[slot] = tones.indexOf(tone);
    this.#counts[place] = count + 1;
  }

  /** The oldest first. */
  of(place: number): readonly Stretch[] {
    const count = this.#counts[place] ?? 0;
    const first = Math.max(0, count - kept);
    return Array.from({ length: count - first }, (_, at) => {
      const slot = place * kept + ((first + at) % kept);
      return { at: this.#times[slot] ?? 0, tone: tones[this.#tones[slot] ?? 0] ?? "warm" };
    });
  }

  #grow(): void {
    const places = 2 * this.#counts.length;
    const [times, toneNumbers, counts] = [
      new Float64Array(kept * places),
      new Uint8Array(kept * places),
      new Uint32Array(places),
    ];
    times.set(this.#times);
    toneNumbers.set(this.#tones);
    counts.set(this.#counts);
    [this.#times, this.#tones, this.#counts] = [times, toneNumbers, counts];
  }
}
