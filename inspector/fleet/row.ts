/** A registration in the list: where it stands, since when, and how it fared lately. */

import type { InspectedRegistration } from "../../src/inspect/inspection-messages.js";
import { type Tone, toneOf } from "../../src/troubles/tone.js";
import type { Drawing } from "../chart/drawing.js";

/** A stretch of time in one tone, until the next begins. */
export interface Stretch {
  readonly at: number;
  readonly tone: Tone;
}

export interface Row {
  readonly key: string;
  readonly tenant: string;
  readonly type: string;
  state: string;
  tone: Tone;
  cause: string;
  /** When it came into its state; undefined as long as nobody has told. */
  since: number | undefined;
  /** Links that it lost since the page was opened. */
  losses: number;
  /** The last of them, oldest first. */
  readonly lossTimes: number[];
  readonly stretches: Stretch[];
  troubles: readonly string[];
}

const stretchesKept = 40;
const lossesKept = 8;

export function newRow(key: string): Row {
  const [tenant = "", type = ""] = key.split(".");
  return {
    key,
    tenant,
    type,
    state: "",
    tone: "warm",
    cause: "none",
    since: undefined,
    losses: 0,
    lossTimes: [],
    stretches: [],
    troubles: [],
  };
}

/** The children of `streaming` have names of their own: for lists. */
export const shortState = (state: string): string => state.replace(/^streaming\./, "");

interface Standing {
  readonly state: string;
  readonly tone: Tone;
}

const known = new WeakMap<ReadonlySet<string>, Standing>();

/** The public state with its child, and how good that is. */
export function standingOf(active: ReadonlySet<string>, drawing: Drawing): Standing {
  const before = known.get(active);
  if (before) return before;
  const inside = [...active].filter((id) => id.startsWith("registration.connection."));
  const longest = inside.reduce((most, id) => (id.length > most.length ? id : most), "");
  const path = longest.replace(/^registration\.connection\.(linked\.)?/, "").split(".");
  const state = path.slice(0, path[0] === "connecting" ? 1 : 2).join(".");
  const tags = new Set(inside.flatMap((id) => drawing.state.get(id)?.tags ?? []));
  const standing = { state, tone: toneOf(tags, state) };
  known.set(active, standing);
  return standing;
}

export function stand(row: Row, { state, tone }: Standing, at: number): void {
  if (state !== row.state) row.since = at;
  if (tone === "bad" && row.tone !== "bad") {
    row.losses += 1;
    row.lossTimes.push(at);
    if (row.lossTimes.length > lossesKept) row.lossTimes.shift();
  }
  if (row.stretches.at(-1)?.tone !== tone) row.stretches.push({ at, tone });
  if (row.stretches.length > stretchesKept) row.stretches.shift();
  Object.assign(row, { state, tone });
}

/** What the page did not see itself: when the state began, and registrations without an actor. */
export function believe(
  row: Row,
  { state, child, since, cause }: InspectedRegistration,
  hasActor: boolean,
): void {
  row.since ??= since;
  if (row.stretches.length === 0) row.stretches.push({ at: since, tone: row.tone });
  if (hasActor) return;
  const name = child === null ? state : `${state}.${child}`;
  if (row.state !== name) stand(row, { state: name, tone: "off" }, since);
  row.cause = cause ?? "none";
}
