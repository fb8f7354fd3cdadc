/** What the gateway's page knows, and what it shows of that. */
import { batch, computed, signal } from "@preact/signals";
import type { Faults } from "../../src/gateway/faults.js";
import type { GatewayRegistration } from "../../src/gateway/gateway.js";
import type { Facts, Frame, JournalEntry, ListedToken, ShownInspector } from "../../src/gateway-page/told.js";

export type View = "connectors" | "faults" | "tokens";

export const view = signal<View>("connectors");
export const link = signal<"connecting" | "live" | "lost">("connecting");

const known = new Map<string, GatewayRegistration>();
/** Counts what came in of registrations. */
const version = signal(0);

export const facts = signal<Facts>({ url: "", apiUrl: "", wantsToken: false });
export const faults = signal<Readonly<Faults> | undefined>(undefined);
export const tokens = signal<readonly ListedToken[]>([]);
export const inspector = signal<ShownInspector>({ state: "none", address: "" });
export const journal = signal<readonly JournalEntry[]>([]);

export const words = signal("");
export const chosenKey = signal<string | undefined>(undefined);

const journalKept = 300;

export function takeFrame(frame: Frame): void {
  batch(() => {
    if (frame.isWhole) {
      known.clear();
      journal.value = [];
    }
    for (const one of frame.registrations) known.set(one.key, one);
    for (const key of frame.removed) known.delete(key);
    if (frame.isWhole || frame.registrations.length + frame.removed.length > 0) version.value += 1;
    if (frame.journal.length > 0) journal.value = [...journal.value, ...frame.journal].slice(-journalKept);
    if (frame.facts) facts.value = frame.facts;
    if (frame.faults) faults.value = frame.faults;
    if (frame.tokens) tokens.value = frame.tokens;
    if (frame.inspector) inspector.value = frame.inspector;
  });
}

export const isWaiting = ({ approvalAsked }: GatewayRegistration): boolean => approvalAsked !== null;

/** How it stands, for people; the first is what needs somebody most. */
export function standing(one: GatewayRegistration): {
  readonly tone: string;
  readonly words: string;
  readonly rank: number;
} {
  if (isWaiting(one)) return { tone: "warm", words: "waits for approval", rank: 0 };
  if (one.refused !== null) return { tone: "bad", words: "refused", rank: 1 };
  if (one.state === "rejected") return { tone: "bad", words: "rejected", rank: 2 };
  if (one.connected) return { tone: "good", words: "connected", rank: 3 };
  return { tone: "off", words: "away", rank: 4 };
}

const all = computed(() => {
  version.value;
  return [...known.values()];
});

export const waiting = computed(() => all.value.filter(isWaiting));
export const connectedCount = computed(() => all.value.filter((one) => standing(one).rank === 3).length);

export const listed = computed(() => {
  const wanted = words.value.trim().toLowerCase();
  return all.value
    .filter(({ key, displayName }) => `${key} ${displayName}`.toLowerCase().includes(wanted))
    .map((one) => ({ one, rank: standing(one).rank }))
    .sort((a, b) => a.rank - b.rank || (a.one.key < b.one.key ? -1 : 1))
    .map(({ one }) => one);
});

export const chosen = computed(() => {
  version.value;
  return chosenKey.value === undefined ? undefined : known.get(chosenKey.value);
});

export function choose(key: string): void {
  chosenKey.value = key;
  view.value = "connectors";
}
