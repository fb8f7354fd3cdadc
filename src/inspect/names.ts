/** Words that the feed tells by their numbers. There are few: names of states, causes, types of events. */

export class Names {
  readonly #words: string[] = [""];
  readonly #numbers = new Map<string, number>([["", 0]]);

  numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    const number = this.#words.push(word) - 1;
    this.#numbers.set(word, number);
    return number;
  }

  get count(): number {
    return this.#words.length;
  }

  /** From a number on. */
  since(from: number): readonly string[] {
    return this.#words.slice(from);
  }
}
