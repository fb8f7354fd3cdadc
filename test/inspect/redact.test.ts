/** The allow-list follows the machines: no field is hidden by mistake, and no name stays that nobody uses. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { SnapshotFrom } from "xstate";
import type {
  credentialsMachine,
  Failure,
  livenessMachine,
  partitionMachine,
  RegistrationPolicy,
  registrationMachine,
  supervisorMachine,
} from "../../machines/index.js";
import { redact, redacted, shownFields } from "../../src/inspect/redact.js";

type Fields<T> = Readonly<Record<keyof T & string, "shown" | "hidden">>;
type RegistrationContext = SnapshotFrom<typeof registrationMachine>["context"];

/** The compiler asks for each field of each machine's context. */
const registration: Fields<RegistrationContext> = {
  key: "shown",
  policy: "shown",
  random: "hidden",
  streamAttempt: "shown",
  handle: "shown",
  attempt: "shown",
  backoffMs: "shown",
  accepted: "shown",
  rejections: "shown",
  registersAgain: "shown",
  exchange: "shown",
  // Messages of the gateway.
  held: "hidden",
  enteredBy: "shown",
  failure: "shown",
  stopReason: "shown",
  credentialSource: "shown",
  hasSessionToken: "shown",
  strays: "shown",
};
const registersAgain: Fields<RegistrationContext["registersAgain"]> = { fresh: "shown", stalled: "shown" };
const exchange: Fields<RegistrationContext["exchange"]> = {
  offerId: "shown",
  tries: "shown",
  delayMs: "shown",
};
const strays: Fields<RegistrationContext["strays"]> = { unexpected: "shown", stale: "shown" };
const credentials: Fields<SnapshotFrom<typeof credentialsMachine>["context"]> = {
  key: "shown",
  policy: "shown",
  random: "hidden",
  offerId: "shown",
  renew: "shown",
  source: "shown",
  isNewClient: "shown",
  tries: "shown",
  rounds: "shown",
  delayMs: "shown",
  renewInMs: "shown",
  failure: "shown",
};
const liveness: Fields<SnapshotFrom<typeof livenessMachine>["context"]> = {
  intervalMs: "shown",
  suspectMs: "shown",
  remainingMs: "shown",
};
const partition: Fields<SnapshotFrom<typeof partitionMachine>["context"]> = {
  // Actors and keys of many registrations; each is an actor of its own in the feed.
  members: "hidden",
  partition: "shown",
  random: "hidden",
};
const supervisor: Fields<SnapshotFrom<typeof supervisorMachine>["context"]> = {
  partitionSize: "shown",
  counts: "shown",
  deadlineMs: "shown",
  partitionFailures: "shown",
};
const policy: Fields<RegistrationPolicy> = {
  reconnect: "shown",
  connectTimeoutMs: "shown",
  backoff: "shown",
  refusedDelayMs: "shown",
  stableUptimeMs: "shown",
  heartbeat: "shown",
  reconnectGraceMs: "shown",
  approvalStallMs: "shown",
  exchangeRetries: "shown",
};
const failure: Fields<Required<Failure>> = {
  kind: "shown",
  cause: "shown",
  code: "shown",
  // May quote words of the gateway.
  detail: "hidden",
  retryAfterMs: "shown",
};

const tables = {
  registration,
  registersAgain,
  exchange,
  strays,
  credentials,
  liveness,
  partition,
  supervisor,
  policy,
  failure,
};

describe("the inspector's allow-list", () => {
  it.each(Object.entries(tables))("shows and hides the fields of %s as they are listed", (_name, fields) => {
    for (const [field, what] of Object.entries(fields))
      expect([field, redact({ [field]: 1 })[field]]).toEqual([field, what === "shown" ? 1 : redacted]);
  });

  it("holds no name that no machine uses", () => {
    const folder = fileURLToPath(new URL("../../machines", import.meta.url));
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("\n");
    const unused = [...shownFields].filter((name) => !new RegExp(`\\b${name}\\b`).test(sources));
    expect(unused).toEqual([]);
  });
});
