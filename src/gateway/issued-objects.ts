/** What the token server has issued to people and connectors, with expiry. Outlives the provider that stores here. */
import type { AdapterPayload } from "oidc-provider";

export interface Stored {
  readonly payload: AdapterPayload;
  /** In ms since 1970; undefined = until destroyed. */
  readonly expiresAt: number | undefined;
}

/** One object as it is kept over a restart of the gateway. */
export interface SavedObject {
  readonly model: string;
  readonly id: string;
  readonly payload: AdapterPayload;
  readonly expiresAt?: number;
}

/** What a person's saved sign-in needs; the rest lasts for a sign-in or a call. */
const kept: ReadonlySet<string> = new Set(["AccessToken", "Grant", "RefreshToken"]);

export class IssuedObjects {
  readonly #models = new Map<string, Map<string, Stored>>();
  /** Awaited before a change is answered. */
  readonly changed: (model: string) => Promise<void>;

  constructor(changed: () => Promise<void>) {
    this.changed = (model) => (kept.has(model) ? changed() : Promise.resolve());
  }

  of(model: string): Map<string, Stored> {
    const found = this.#models.get(model) ?? new Map<string, Stored>();
    this.#models.set(model, found);
    return found;
  }

  /** What is in force of the kinds that are kept. */
  saved(): readonly SavedObject[] {
    return [...kept].flatMap((model) =>
      [...this.of(model)]
        .filter(([, { expiresAt = Number.POSITIVE_INFINITY }]) => expiresAt > Date.now())
        .map(([id, { payload, expiresAt }]) => ({
          model,
          id,
          payload,
          ...(expiresAt === undefined ? {} : { expiresAt }),
        })),
    );
  }

  restore(objects: readonly SavedObject[]): void {
    for (const { model, id, payload, expiresAt } of objects) this.of(model).set(id, { payload, expiresAt });
  }
}
