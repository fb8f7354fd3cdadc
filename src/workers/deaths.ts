/** What the deaths of threads say about requests and registrations: which are refused, which are parked. */
import type { Death } from "./death.js";
import type { RefusedRequest, Suspect } from "./protocol.js";

/** A request may have been under way in so many threads that ended; then no handler gets it again. */
const mostDeaths = 2;

/** Beyond so many requests the oldest are forgotten. */
const mostRequests = 1_000;

/** One registration's requests that were under way when a thread ended. */
export class RequestRecord {
  readonly #deaths = new Map<string, { readonly times: number; readonly how: string }>();

  add(requestId: string, how: string): void {
    const times = (this.#deaths.get(requestId)?.times ?? 0) + 1;
    this.#deaths.delete(requestId);
    this.#deaths.set(requestId, { times, how });
    const [oldest] = this.#deaths.size > mostRequests ? this.#deaths.keys() : [];
    if (oldest !== undefined) this.#deaths.delete(oldest);
  }

  refused(): readonly RefusedRequest[] {
    return [...this.#deaths].flatMap(([requestId, { times, how }]) =>
      times < mostDeaths ? [] : [{ requestId, why: `the worker ended twice while this request ran: ${how}` }],
    );
  }
}

const keysOf = (suspects: readonly Suspect[]): ReadonlySet<string> =>
  new Set(suspects.map(({ registration }) => registration));

/**
 * Whose requests were under way at each of the deaths; of this one alone, when nobody's were. Empty: nobody can tell.
 */
export function culprits(deaths: readonly Death[]): ReadonlySet<string> {
  const [last, ...before] = deaths.map(({ suspects }) => keysOf(suspects)).reverse();
  const all = [...(last ?? [])].filter((key) => before.every((keys) => keys.has(key)));
  return all.length > 0 ? new Set(all) : (last ?? new Set());
}
