/** A registration as the page knows it, judged for troubles by the table that the terminal shares. */
import { type Judged, troublesIn } from "../../src/troubles/troubles.js";
import type { Actors, SeenActor } from "../feed/actors.js";
import type { Fields } from "../feed/told.js";
import type { Row } from "./row.js";

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;

const numberAt = (context: Fields, ...path: readonly string[]): number => {
  const found = path.reduce<unknown>(fieldOf, context);
  return typeof found === "number" ? found : 0;
};

function credentialsIn(states: ReadonlySet<string> | undefined): Judged["credentials"] {
  if (states?.has("credentials.unavailable") || states?.has("credentials.refused")) return "failing";
  return states?.has("credentials.renewing.waiting") ? "late" : "fine";
}

function placeOf(active: ReadonlySet<string>, row: Row): string {
  if (active.has("registration.connection.stopped")) return "stopped";
  return active.has("registration.connection.backoff.refused") ? "backoff.refused" : row.state;
}

/** In a stopped registration's place stands what is known of it. */
export function troublesOf(
  row: Row,
  actor: SeenActor | undefined,
  actors: Actors,
  now: number,
): readonly string[] {
  if (!actor) return [];
  const { context, active } = actor;
  const children = actors.childrenOf(actor);
  const backoffMs = numberAt(context, "backoffMs");
  return troublesIn({
    state: placeOf(active, row),
    tone: row.tone,
    forMs: row.since === undefined ? 0 : now - row.since,
    now,
    stopReason: typeof context.stopReason === "string" ? context.stopReason : null,
    awaitsCredentials: active.has("registration.connection.linked.streaming.pendingApproval.approved"),
    strays: numberAt(context, "strays", "unexpected"),
    lossTimes: row.lossTimes,
    waitsLongest: backoffMs > 0 && backoffMs >= numberAt(context, "policy", "backoff", "maxMs"),
    credentials: credentialsIn(children.find(({ machine }) => machine === "credentials")?.active),
    isDoubted: children.some(({ machine }) => machine === "liveness"),
    // The feed does not tell of requests.
    queueFullAt: null,
    blockedAt: null,
  });
}
