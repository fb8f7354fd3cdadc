/**
 * One heartbeat on the wire for all registrations of a socket that ask in the same turn: what one of them has sent before
 * has then reached the peer with it, because a socket keeps the order. Answers come in the order of the questions; one
 * that says which question it is for answers those before it, too, whose own answers were lost.
 */
interface Question<Asker> {
  readonly sentAt: bigint;
  readonly askers: readonly Asker[];
}

/** More questions without an answer are not kept: the socket is given up long before. */
const mostQuestions = 1_000;

export class Beats<Asker> {
  /** Returns the time that the heartbeat carries, and its answer with it. */
  readonly #send: () => bigint;
  /** Those whose heartbeat goes out at the end of the turn. */
  #asking: Asker[] = [];
  readonly #asked: Question<Asker>[] = [];

  constructor(send: () => bigint) {
    this.#send = send;
  }

  ask(asker: Asker): void {
    this.#asking.push(asker);
    if (this.#asking.length === 1) queueMicrotask(() => this.#go());
  }

  /** Who gets this answer. */
  answered(sentAt: bigint): readonly Asker[] {
    const place = Math.max(
      0,
      this.#asked.findLastIndex((one) => one.sentAt === sentAt),
    );
    return this.#asked.splice(0, place + 1).flatMap(({ askers }) => askers);
  }

  #go(): void {
    const askers = this.#asking;
    this.#asking = [];
    if (this.#asked.length === mostQuestions) this.#asked.shift();
    this.#asked.push({ sentAt: this.#send(), askers });
  }
}
