/** What may be wrong with a registration, by name. The worst first. */
import type { Actors, SeenActor } from "../feed/actors.js";
import type { Fields } from "../feed/told.js";
import type { Row } from "./row.js";

const minute = 60_000;

interface Looked {
  readonly row: Row;
  readonly context: Fields;
  readonly active: ReadonlySet<string>;
  /** Ms in its state; 0 as long as nobody knows. */
  readonly forMs: number;
  readonly now: number;
  /** The innermost states of its credentials. */
  readonly credentials: ReadonlySet<string>;
  readonly isDoubted: boolean;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;

const numberAt = (context: Fields, ...path: readonly string[]): number => {
  const found = path.reduce<unknown>(fieldOf, context);
  return typeof found === "number" ? found : 0;
};

export interface Trouble {
  readonly name: string;
  readonly says: string;
  readonly holds: (looked: Looked) => boolean;
}

export const troubles: readonly Trouble[] = [
  {
    name: "flapping",
    says: "lost its link three times within five minutes",
    holds: ({ row, now }) => row.lossTimes.filter((at) => now - at < 5 * minute).length >= 3,
  },
  {
    name: "gave up",
    says: "stopped because of a failure, and does not try again",
    holds: ({ context, active }) =>
      active.has("registration.connection.stopped") && context.stopReason === "failed",
  },
  {
    name: "refused",
    says: "somebody or a setting says no; tried again at the slow pace",
    holds: ({ active }) => active.has("registration.connection.backoff.refused"),
  },
  {
    name: "back-off at its cap",
    says: "waits as long between tries as it ever does",
    holds: ({ row, context }) =>
      row.tone === "bad" &&
      numberAt(context, "backoffMs") > 0 &&
      numberAt(context, "backoffMs") >= numberAt(context, "policy", "backoff", "maxMs"),
  },
  {
    name: "credentials failing",
    says: "the steps to a token are spent, or the token server says no",
    holds: ({ credentials }) =>
      credentials.has("credentials.unavailable") || credentials.has("credentials.refused"),
  },
  {
    name: "renewal failing",
    says: "the token is not renewed yet, and its end comes nearer",
    holds: ({ credentials }) => credentials.has("credentials.renewing.waiting"),
  },
  {
    name: "nearly deaf",
    says: "a heartbeat was not answered in time",
    holds: ({ isDoubted }) => isDoubted,
  },
  {
    name: "approved without credentials",
    says: "approved for more than 15 seconds, and no credentials have come",
    holds: ({ active, forMs }) =>
      active.has("registration.connection.linked.streaming.pendingApproval.approved") && forMs > 15_000,
  },
  {
    name: "pending for long",
    says: "waits for an administrator for more than five minutes",
    holds: ({ row, forMs }) => row.tone === "wait" && forMs > 5 * minute,
  },
  {
    name: "not connected for long",
    says: "not serving for more than two minutes",
    holds: ({ row, forMs }) => (row.tone === "bad" || row.tone === "warm") && forMs > 2 * minute,
  },
  {
    name: "stray events",
    says: "the gateway sent what its state does not take",
    holds: ({ context }) => numberAt(context, "strays", "unexpected") > 0,
  },
];

const none: ReadonlySet<string> = new Set();

/** In a stopped registration's place stands what is known of it. */
export function troublesOf(
  row: Row,
  actor: SeenActor | undefined,
  actors: Actors,
  now: number,
): readonly string[] {
  if (!actor) return [];
  const children = actors.childrenOf(actor);
  const looked: Looked = {
    row,
    context: actor.context,
    active: actor.active,
    forMs: row.since === undefined ? 0 : now - row.since,
    now,
    credentials: children.find(({ machine }) => machine === "credentials")?.active ?? none,
    isDoubted: children.some(({ machine }) => machine === "liveness"),
  };
  return troubles.filter(({ holds }) => holds(looked)).map(({ name }) => name);
}
