/** What the page is told, live: everything at first, then what has changed since. */
import type { Faults } from "../gateway/faults.js";
import type { GatewayRegistration } from "../gateway/gateway.js";

/** One thing that has happened at the gateway; numbers go up. */
export interface JournalEntry {
  readonly number: number;
  /** Wall clock in ms. */
  readonly at: number;
  readonly key: string | null;
  readonly words: string;
  readonly tone: "good" | "bad" | "warm" | "off";
}

/** Of the runtime whose charts are shown. */
export interface ShownInspector {
  readonly state: "none" | "live" | "lost";
  /** Without its token. */
  readonly address: string;
}

export interface Facts {
  readonly url: string;
  readonly apiUrl: string;
  readonly wantsToken: boolean;
}

/** Whom a one-time token is for, and whether it counts. */
export interface ListedToken {
  readonly tenantId: string;
  readonly connectorType: string;
  readonly instanceId?: string;
  readonly expiresAt: number;
  readonly used: boolean;
}

/** One frame. What is left out is as it was. */
export interface Frame {
  /** Nothing of before counts. */
  readonly isWhole: boolean;
  readonly registrations: readonly GatewayRegistration[];
  readonly removed: readonly string[];
  readonly journal: readonly JournalEntry[];
  readonly facts?: Facts;
  readonly faults?: Readonly<Faults>;
  readonly tokens?: readonly ListedToken[];
  readonly inspector?: ShownInspector;
}
