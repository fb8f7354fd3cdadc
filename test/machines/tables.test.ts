import { describe, expect, it } from "vitest";
import { failureOf } from "../../machines/failure.js";
import type { RegistrationEvent } from "../../machines/registration/types.js";
import { createRig, type Rig } from "./rig.js";

/** How each state is reached. */
const ways: Readonly<Record<string, (rig: Rig) => Promise<void> | void>> = {
  connecting: () => {},
  first: (rig) => rig.opened(),
  pending: (rig) => rig.pending(),
  approved: async (rig) => {
    await rig.pending();
    rig.approval("approved");
  },
  exchanging: async (rig) => {
    await rig.pending();
    rig.issued();
  },
  waiting: async (rig) => {
    await rig.pending();
    rig.issued();
    await rig.exchangeFails("credentials-exchange-failed");
  },
  again: async (rig) => {
    await rig.pending();
    rig.issued();
    await rig.exchanged();
  },
  serving: (rig) => rig.serving(),
  moving: async (rig) => {
    await rig.serving();
    rig.peerDraining();
  },
  leaving: async (rig) => {
    await rig.serving();
    rig.peerDraining();
    rig.work({ type: "work.settled" });
  },
  draining: async (rig) => {
    await rig.serving();
    rig.actor.send({ type: "drain", deadlineMs: 60_000 });
  },
  drained: async (rig) => {
    await rig.serving();
    rig.actor.send({ type: "drain", deadlineMs: 60_000 });
    rig.work({ type: "work.settled" });
  },
  stable: async (rig) => {
    await rig.serving();
    rig.clock.increment(5_000);
  },
  returning: async (rig) => {
    await rig.serving();
    rig.clock.increment(5_000);
    rig.ended("server-closed");
  },
  transient: (rig) => rig.openFails("unreachable"),
  refused: (rig) => rig.openFails("tls"),
};

type Wire = (streamAttempt: number) => RegistrationEvent;

const events: Readonly<Record<string, Wire>> = {
  "accepted:approved": (streamAttempt) => ({
    type: "stream.accepted",
    streamAttempt,
    status: "approved",
    hasSessionToken: false,
  }),
  "accepted:pending": (streamAttempt) => ({
    type: "stream.accepted",
    streamAttempt,
    status: "pending",
    hasSessionToken: false,
  }),
  "accepted:rejected": (streamAttempt) => ({
    type: "stream.accepted",
    streamAttempt,
    status: "rejected",
    hasSessionToken: false,
  }),
  rejected: (streamAttempt) => ({
    type: "stream.rejected",
    streamAttempt,
    failure: failureOf("register-refused"),
  }),
  "approval:approved": (streamAttempt) => ({ type: "stream.approval", streamAttempt, status: "approved" }),
  "approval:rejected": (streamAttempt) => ({ type: "stream.approval", streamAttempt, status: "rejected" }),
  issued: (streamAttempt) => ({
    type: "stream.credentialsIssued",
    streamAttempt,
    offerId: "offer",
    addressee: "own",
  }),
  late: (streamAttempt) => ({ type: "stream.heartbeatLate", streamAttempt, sinceAnswerMs: 35_000 }),
  answered: (streamAttempt) => ({ type: "stream.heartbeatAnswered", streamAttempt, shouldReconnect: false }),
  "answered:move": (streamAttempt) => ({
    type: "stream.heartbeatAnswered",
    streamAttempt,
    shouldReconnect: true,
  }),
  peerDraining: (streamAttempt) => ({ type: "stream.peerDraining", streamAttempt }),
  ended: (streamAttempt) => ({ type: "stream.ended", streamAttempt, failure: failureOf("server-closed") }),
  "retry.now": () => ({ type: "retry.now" }),
  "work.cancel": () => ({ type: "work.cancel" }),
  "work.finished": () => ({ type: "work.finished", unconfirmed: 0 }),
  "work.settled": () => ({ type: "work.settled" }),
  drain: () => ({ type: "drain", deadlineMs: 60_000 }),
  stop: () => ({ type: "stop", reason: "shutdown" }),
};

const shortOf = (rig: Rig): string => {
  const path = rig.place.split(".");
  return path.at(-1) ?? "";
};

/** `.` stays, `?` not expected, else the state it leads to. */
async function cellOf(way: (rig: Rig) => Promise<void> | void, event: Wire): Promise<string> {
  const rig = createRig();
  await way(rig);
  const before = JSON.stringify(rig.actor.getSnapshot().value);
  rig.actor.send(event(rig.context.streamAttempt));
  const unexpected = rig.unexpected.length > 0;
  const after = JSON.stringify(rig.actor.getSnapshot().value);
  const place = unexpected ? "?" : before === after ? "." : shortOf(rig);
  expect(rig.errors).toEqual([]);
  rig.actor.stop();
  return place;
}

async function registrationTable(): Promise<string> {
  const lines: string[] = [];
  for (const [name, way] of Object.entries(ways)) {
    const cells: string[] = [];
    for (const [event, make] of Object.entries(events)) {
      const cell = await cellOf(way, make);
      if (cell !== "?") cells.push(`${event}${cell === "." ? "" : ` → ${cell}`}`);
    }
    lines.push(`${name}: ${cells.join(", ")}`);
  }
  return lines.join("\n");
}

describe("state × event: what each state takes, and where it leads; all else is unexpected", () => {
  it("of the registration", async () => {
    expect(await registrationTable()).toMatchInlineSnapshot(`
      "connecting: retry.now, work.cancel, work.finished, work.settled, drain → connecting, stop → stopped
      first: accepted:approved → serving, accepted:pending → pendingApproval, accepted:rejected → refused, rejected → refused, approval:approved, approval:rejected, issued, late, answered, answered:move, peerDraining, ended → transient, retry.now, work.cancel, work.finished, work.settled, drain → first, stop → stopped
      pending: accepted:approved → serving, accepted:pending, accepted:rejected → refused, rejected, approval:approved → pendingApproval, approval:rejected → refused, issued → exchanging, late, answered, answered:move → moving, peerDraining → moving, ended → transient, retry.now, work.cancel, work.finished, work.settled, drain → stopped, stop → stopped
      approved: accepted:approved → serving, accepted:pending → pendingApproval, accepted:rejected → refused, rejected, approval:approved, approval:rejected → refused, issued → exchanging, late, answered, answered:move → moving, peerDraining → moving, ended → transient, retry.now, work.cancel, work.finished, work.settled, drain → stopped, stop → stopped
      exchanging: approval:approved, approval:rejected → refused, issued, late, answered, answered:move, peerDraining, ended → transient, retry.now, work.cancel, work.finished, work.settled, drain → draining, stop → stopped
      waiting: approval:approved, approval:rejected → refused, issued, late, answered, answered:move, peerDraining, ended → transient, retry.now, work.cancel, work.finished, work.settled, drain → draining, stop → stopped
      again: accepted:approved → serving, accepted:pending → pendingApproval, accepted:rejected → refused, rejected → pendingApproval, approval:approved, approval:rejected → refused, issued, late, answered, answered:move, peerDraining, ended → transient, retry.now, work.cancel, work.finished, work.settled, drain → draining, stop → stopped
      serving: accepted:approved, accepted:pending → pendingApproval, accepted:rejected → refused, rejected, approval:approved, approval:rejected → refused, issued, late, answered, answered:move → moving, peerDraining → moving, ended → transient, retry.now, work.cancel, work.finished, work.settled, drain → draining, stop → stopped
      moving: approval:approved, approval:rejected → refused, issued, late, answered, answered:move, peerDraining, ended → connecting, retry.now, work.cancel, work.finished → moving, work.settled → moving, drain → draining, stop → stopped
      leaving: approval:approved, approval:rejected → refused, issued, late, answered, answered:move, peerDraining, ended → connecting, retry.now, work.cancel, work.finished, work.settled, drain → draining, stop → stopped
      draining: accepted:approved, accepted:pending, accepted:rejected, rejected, approval:approved, approval:rejected, issued, late, answered, answered:move, peerDraining, ended → transient, retry.now, work.cancel, work.finished → draining, work.settled → draining, drain, stop → stopped
      drained: accepted:approved, accepted:pending, accepted:rejected, rejected, approval:approved, approval:rejected, issued, late, answered, answered:move, peerDraining, ended → stopped, retry.now, work.cancel, work.finished, work.settled, drain, stop → stopped
      stable: accepted:approved, accepted:pending → pendingApproval, accepted:rejected → refused, rejected, approval:approved, approval:rejected → refused, issued, late, answered, answered:move → moving, peerDraining → moving, ended → returning, retry.now, work.cancel, work.finished, work.settled, drain → draining, stop → stopped
      returning: retry.now → connecting, work.cancel, work.finished, work.settled, drain → returning, stop → stopped
      transient: retry.now → connecting, work.cancel, work.finished, work.settled, drain → transient, stop → stopped
      refused: retry.now → connecting, work.cancel, work.finished, work.settled, drain → refused, stop → stopped"
    `);
  });
});
