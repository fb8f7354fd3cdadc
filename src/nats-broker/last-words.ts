/** What readers say of their messages, until the server has heard it: what is sent to one that is lost is said again. */
import type { NatsConnection } from "@nats-io/transport-node";

interface Word {
  readonly payload: string;
}

export class LastWords {
  /** By subject: the last word counts. */
  readonly #unheard = new Map<string, Word>();
  #nc: NatsConnection | undefined;
  /** What the server is asked: whether it has heard all that was said before. */
  #asking: Promise<void> | undefined;

  /** The server is there: it hears what it may have missed. */
  up(nc: NatsConnection): void {
    this.#nc = nc;
    for (const [subject, { payload }] of this.#unheard) nc.publish(subject, payload);
    this.#wait();
  }

  /** The stream of these messages is gone: in another one, the same words would be on other messages. */
  forget(): void {
    this.#unheard.clear();
  }

  lost(): void {
    this.#nc = undefined;
  }

  say(subject: string, payload: string): void {
    this.#unheard.set(subject, { payload });
    this.#nc?.publish(subject, payload);
    this.#wait();
  }

  /** Its loss does not matter. */
  mention(subject: string, payload: string): void {
    this.#nc?.publish(subject, payload);
  }

  /** What was said is heard; or the server is away. */
  async flush(): Promise<void> {
    await this.#nc?.flush().catch(() => {});
  }

  #wait(): void {
    const nc = this.#nc;
    if (!nc || this.#asking || this.#unheard.size === 0) return;
    const said = new Map(this.#unheard);
    this.#asking = nc
      .flush()
      .then(() => {
        for (const [subject, word] of said)
          if (this.#unheard.get(subject) === word) this.#unheard.delete(subject);
      })
      // It was lost meanwhile.
      .catch(() => this.lost())
      .finally(() => {
        this.#asking = undefined;
        this.#wait();
      });
  }
}
