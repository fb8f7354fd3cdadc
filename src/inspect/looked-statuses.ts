/** The statuses of what one viewer looks at, in words: read when they are told, so that a slow viewer gets none that is old. */
import type { InspectedRegistration, StatusMessage } from "./feed-messages.js";
import type { FeedSource } from "./source.js";

export class LookedStatuses {
  readonly #source: Pick<FeedSource, "registrations" | "reasons">;
  /** What the viewer knows of each, by its key. */
  readonly #told = new Map<string, string>();
  #isDue = false;

  constructor(source: Pick<FeedSource, "registrations" | "reasons">) {
    this.#source = source;
  }

  /** Some may have changed. */
  due(): void {
    this.#isDue = true;
  }

  /** The viewer looks at something else. */
  forget(): void {
    this.#told.clear();
  }

  /** Those that the viewer does not know as they are now. */
  *news(keys: Iterable<string>): Generator<StatusMessage> {
    if (!this.#isDue) return;
    this.#isDue = false;
    const registrations = this.#source.registrations();
    for (const key of keys) {
      const found = registrations.get(key);
      if (!found) continue;
      const status = inWords(found.status(), this.#source.reasons?.(key));
      const text = JSON.stringify(status);
      if (this.#told.get(key) === text) continue;
      this.#told.set(key, text);
      yield { what: "status", status };
    }
  }
}

/** What a person is told of it beside its figures. */
const inWords = (
  { key, state, child, since, cause, code, detail, nextAction }: InspectedRegistration,
  reasons: readonly string[] = [],
): InspectedRegistration => ({
  key,
  state,
  child,
  since,
  cause,
  code: code ?? null,
  detail: detail ?? null,
  nextAction,
  reasons,
});
