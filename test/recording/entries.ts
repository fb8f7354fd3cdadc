/** Entries of a recording for tests to which it does not matter what is in them. */
import type { Entry } from "../../src/recording/entry.js";

export const entryOf = (bytes: number, key = "a.b.c"): Entry => ({
  number: 1,
  actor: { number: 1, chart: "registration", key, parent: null },
  at: 0,
  event: { type: "retry.now" },
  after: { status: "active", state: "x", context: {}, children: [], history: {} },
  sent: [],
  drawn: [],
  taken: [],
  asked: [],
  bytes,
});
