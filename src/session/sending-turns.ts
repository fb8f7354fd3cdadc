/** Sends what waits for room in a stream; says whether there is room left. */
interface Waiting {
  writable(): boolean;
}

/**
 * Who sends first when a stream has room again. By turns: whoever always came second would wait for ever behind a flood of
 * the other.
 */
export class SendingTurns {
  #begins: "answers" | "doors" = "answers";

  /** There is room: each sends, until one has used it up. A registration whose doors nobody uses has none. */
  writable(answers: Waiting, doors: Waiting | undefined): void {
    const answersBegin = this.#begins === "answers";
    this.#begins = answersBegin ? "doors" : "answers";
    const [first, second] = answersBegin ? [answers, doors] : [doors, answers];
    if (first?.writable() ?? true) second?.writable();
  }
}
