/** The callers of the demonstration: a few requests under way at each registration, every answer checked. */
import { isDeepStrictEqual } from "node:util";
import type { Gateway } from "../gateway/index.js";
import { demoRequest, newcomer } from "./demo-connectors.js";

const callersPerRegistration = 4;

/** Between two requests of a caller, so that a demonstration does not heat the machine. */
const restMs = 5;

/** When there is nothing to prove any more, only to watch. */
const calmRestMs = 100;

export class DemoLoad {
  readonly #gateway: Gateway;
  readonly #callers: Promise<void>[] = [];
  readonly #over = new AbortController();
  readonly #waiting = new Set<() => void>();
  answered = 0;
  failed = 0;
  open = 0;
  #next = 0;
  #restMs = restMs;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  start(): void {
    for (const { key } of this.#gateway.registrations()) if (key !== newcomer) this.include(key);
  }

  include(key: string): void {
    for (let i = 0; i < callersPerRegistration; i += 1) this.#callers.push(this.#call(key));
  }

  /** From now on fewer requests. */
  calmDown(): void {
    this.#restMs = calmRestMs;
  }

  /** Resolves when so many requests have been answered, or the load has ended. */
  until(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.answered < count && this.failed === 0 && !this.#over.signal.aborted) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** No new requests; those under way are waited for. */
  async stop(): Promise<{ readonly answered: number; readonly failed: number }> {
    this.#over.abort();
    await Promise.all(this.#callers);
    return { answered: this.answered, failed: this.failed };
  }

  async #call(key: string): Promise<void> {
    while (!this.#over.signal.aborted) {
      this.#next += 1;
      const { expected, ...request } = demoRequest(key, this.#next);
      this.open += 1;
      try {
        const answer = await this.#gateway.execute(key, request);
        if (answer.success && isDeepStrictEqual(answer.json(), expected)) this.answered += 1;
        else this.failed += 1;
      } catch {
        this.failed += 1;
      }
      this.open -= 1;
      for (const look of [...this.#waiting]) look();
      await new Promise((resolve) => setTimeout(resolve, this.#restMs));
    }
  }
}
