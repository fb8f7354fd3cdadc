/**
 * One heartbeat on the wire for all registrations of a socket that ask in the same turn: what one of them has sent before
 * has then reached the peer with it, because a socket keeps the order. Answers come in the order of the questions.
 */
export class Beats<Asker> {
  readonly #send: () => void;
  /** Those whose heartbeat goes out at the end of the turn. */
  #asking: Asker[] = [];
  readonly #asked: Asker[][] = [];

  constructor(send: () => void) {
    this.#send = send;
  }

  ask(asker: Asker): void {
    this.#asking.push(asker);
    if (this.#asking.length === 1) queueMicrotask(() => this.#go());
  }

  /** Who gets the next answer. */
  answered(): readonly Asker[] {
    return this.#asked.shift() ?? [];
  }

  #go(): void {
    this.#asked.push(this.#asking);
    this.#asking = [];
    this.#send();
  }
}
