/** How many registrations have which value; kept up with each change, so that it never has to be counted anew. */
export class Tally {
  readonly #counts = new Map<string, number>();

  move(from: string | undefined, to: string | undefined): void {
    if (from === to) return;
    if (from !== undefined) this.add(from, -1);
    if (to !== undefined) this.add(to, 1);
  }

  clear(): void {
    this.#counts.clear();
  }

  /** Most first; equals by name, so that nothing jumps. */
  entries(): readonly (readonly [string, number])[] {
    return [...this.#counts].sort(([a, many], [b, more]) => more - many || a.localeCompare(b));
  }

  add(value: string, difference: number): void {
    const next = (this.#counts.get(value) ?? 0) + difference;
    if (next === 0) this.#counts.delete(value);
    else this.#counts.set(value, next);
  }
}
