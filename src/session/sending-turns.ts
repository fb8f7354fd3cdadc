/** Sends what waits for room in a stream, and asks whether there is room left. */
export type SendWaiting = () => boolean;

/**
 * Who sends first when a stream has room again. By turns: whoever always came second would wait for ever behind a flood of
 * the others.
 */
export class SendingTurns {
  #senders: readonly SendWaiting[];

  constructor(senders: readonly SendWaiting[]) {
    this.#senders = senders;
  }

  /** There is room: each sends, until one has used it up. */
  writable(): void {
    const senders = this.#senders;
    this.#senders = [...senders.slice(1), ...senders.slice(0, 1)];
    senders.every((sendWaiting) => sendWaiting());
  }
}
