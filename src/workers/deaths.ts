/** What the deaths of threads say about requests: which are refused, and which run one at a time. */
import type { Death } from "./death.js";
import type { RefusedRequest } from "./worker-messages.js";

/** A request that was the only suspect at the last of so many deaths is not run again. */
const deathsAsOnlySuspect = 2;

/** The same for one that had another suspect beside it. */
const deathsBesideOthers = 3;

/** Beyond so many requests the oldest are forgotten. */
const mostRequests = 1_000;

interface Deaths {
  readonly times: number;
  readonly how: string;
  readonly verdict: "suspected" | "refused";
}

/** One registration's requests that were under way when a thread ended. */
export class RequestRecord {
  readonly #deaths = new Map<string, Deaths>();

  has(requestId: string): boolean {
    return this.#deaths.has(requestId);
  }

  add(requestId: string, how: string, isAlone: boolean): void {
    const times = (this.#deaths.get(requestId)?.times ?? 0) + 1;
    const verdict = times < (isAlone ? deathsAsOnlySuspect : deathsBesideOthers) ? "suspected" : "refused";
    this.#deaths.delete(requestId);
    this.#deaths.set(requestId, { times, how, verdict });
    const [oldest] = this.#deaths.size > mostRequests ? this.#deaths.keys() : [];
    if (oldest !== undefined) this.#deaths.delete(oldest);
  }

  refused(): readonly RefusedRequest[] {
    return [...this.#deaths].flatMap(([requestId, { times, how, verdict }]) => {
      if (verdict === "suspected") return [];
      const often = times === 2 ? "twice" : `${times} times`;
      return [{ requestId, why: `the worker ended ${often} while this request ran: ${how}` }];
    });
  }

  /** Those that run one at a time. */
  suspected(): readonly string[] {
    return [...this.#deaths].flatMap(([requestId, { verdict }]) =>
      verdict === "suspected" ? [requestId] : [],
    );
  }
}

/**
 * Notes which requests may have ended a thread. Suspected requests run one at a time, so at most one that was suspected
 * before was still running: the first that is named. The others had answered.
 */
export function remember(
  { suspects, how }: Death,
  recordOf: (registration: string) => RequestRecord | undefined,
): void {
  const named = suspects.flatMap(({ registration, requestId }) => {
    const record = recordOf(registration);
    return record && requestId !== undefined ? [{ record, requestId }] : [];
  });
  const isKnown = ({ record, requestId }: (typeof named)[number]) => record.has(requestId);
  const known = named.find(isKnown);
  const fresh = named.filter((one) => !isKnown(one));
  for (const { record, requestId } of fresh) record.add(requestId, how, named.length === 1);
  known?.record.add(known.requestId, how, fresh.length === 0);
}
