import { describe, expect, it } from "vitest";
import { type FailureCause, failureOf } from "../../machines/failure.js";
import { useRigs } from "./rigs.js";

const rigOf = useRigs();
const ended = (cause: FailureCause, code?: string) => failureOf(cause, code ? { code } : {}, true);

describe("what counts as a rejection", () => {
  it.each([
    ["in-band failure", failureOf("register-refused"), 1],
    ["UNAUTHENTICATED", ended("identity-refused", "UNAUTHENTICATED"), 1],
    ["INVALID_ARGUMENT", ended("refused-by-peer", "INVALID_ARGUMENT"), 1],
    ["UNAVAILABLE", ended("peer-unavailable", "UNAVAILABLE"), 0],
    ["DEADLINE_EXCEEDED", ended("peer-error", "DEADLINE_EXCEEDED"), 0],
    ["PERMISSION_DENIED", ended("access-denied", "PERMISSION_DENIED"), 0],
    ["a code of refusals with another cause", ended("peer-error", "UNAUTHENTICATED"), 0],
    ["a refusal without a code", ended("identity-refused"), 1],
    ["a broken stream", failureOf("connection-lost"), 0],
    ["a timeout", failureOf("open-timeout"), 0],
    ["a token server that refuses", failureOf("credentials-refused"), 0],
  ])("[C14 #21 #74] [C16 #65] [C17 #4] [T12.5 #17] [A16 74] %s", async (_, failure, counted) => {
    const rig = rigOf();
    await rig.opened();
    rig.ended(failure);
    expect(rig.context.rejections).toBe(counted);
    expect(rig.place).toBe(failure.kind === "rejected" ? "backoff.refused" : "backoff.transient");
  });

  it("a refusal of the peer after acceptance is an end like any other", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.ended(failureOf("identity-refused", { code: "UNAUTHENTICATED" }));
    expect(rig.context.rejections).toBe(0);
    expect(rig.place).toBe("backoff.transient");
  });

  it("a refusal instead of response headers counts too", async () => {
    const rig = rigOf();
    await rig.openFails(ended("identity-refused", "UNAUTHENTICATED"));
    expect(rig.context.rejections).toBe(1);
  });
});

describe("rejections in a row", () => {
  it("[C14 #21 #81] [C16 #65] [T12.5 #18] [T12.5 #19] [A16 75] [A16 76] renew the credentials at the second, not at the first", async () => {
    const rig = rigOf();
    for (let round = 0; round < 5; round += 1) {
      await rig.opened();
      rig.rejected();
      rig.actor.send({ type: "retry.now" });
    }
    const renewals = rig.ports.credentials.map(({ input }) => input.renew);
    expect(renewals).toEqual([false, false, true, false, true, false]);
  });

  it.each(["explicit", "environment", "anonymous", "session"] as const)(
    "of what was at hand (%s) start an actor for the credentials at the second, which renews them first",
    async (source) => {
      const rig = rigOf();
      for (let round = 0; round < 2; round += 1) {
        expect(rig.ports.credentials).toEqual([]);
        await rig.opened(source);
        rig.rejected();
        rig.actor.send({ type: "retry.now" });
      }
      expect(rig.ports.credentials.map(({ input }) => input.renew)).toEqual([true]);
      expect(rig.ports.openings.map(({ input }) => input.onlyAtHand)).toEqual([true, true, false]);
    },
  );

  it("wait by the usual formula twice, and at the slow pace from the third", async () => {
    const rig = rigOf({ random: () => 0.5 });
    const delays: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await rig.opened();
      rig.rejected();
      expect(rig.place).toBe("backoff.refused");
      delays.push(rig.context.backoffMs);
      rig.clock.increment(rig.context.backoffMs);
    }
    expect(delays).toEqual([750, 1_250, 30_250, 30_250]);
  });

  it("[T12.5 #22] [A16 79] start again after a success", async () => {
    const rig = rigOf();
    await rig.opened();
    rig.rejected();
    rig.actor.send({ type: "retry.now" });
    await rig.serving();
    rig.ended();
    rig.actor.send({ type: "retry.now" });
    await rig.opened();
    rig.rejected();
    rig.actor.send({ type: "retry.now" });
    expect(rig.ports.credentials.map(({ input }) => input.renew)).toEqual([false, false, false, false]);
    expect(rig.context.rejections).toBe(1);
  });

  it("are neither counted nor forgotten by transient failures between them", async () => {
    const rig = rigOf();
    await rig.opened();
    rig.rejected();
    rig.actor.send({ type: "retry.now" });
    await rig.openFails("unreachable");
    rig.actor.send({ type: "retry.now" });
    await rig.opened();
    rig.rejected();
    rig.actor.send({ type: "retry.now" });
    expect(rig.ports.credentials.map(({ input }) => input.renew)).toEqual([false, false, false, true]);
  });

  it("[T12.5 #23] [A16 80] on an open stream keep it, and renew the credentials at the second only", async () => {
    const rig = rigOf();
    await rig.pending();
    for (const offer of ["one", "two"]) {
      rig.issued(offer);
      await rig.exchanged("anonymous");
      rig.rejected();
    }
    expect(rig.place).toBe("streaming.pendingApproval");
    expect(rig.stream().live).toBe(true);
    expect(rig.stream().commands).toEqual(["register", "register"]);
    expect(rig.ports.credentials.map(({ input, live }) => [input.offerId, input.renew, live])).toEqual([
      ["one", false, false],
      ["two", false, false],
      [null, true, true],
    ]);
    expect(rig.notes).toEqual(["register-again-refused", "register-again-refused"]);
  });

  it("[T12.5 #24] [A16 81] on an open stream are over with a success, which brings its session token", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.issued("one");
    await rig.exchanged("anonymous");
    rig.rejected();
    rig.issued("two");
    await rig.exchanged();
    rig.accepted("approved", true);
    expect(rig.context).toMatchObject({ rejections: 0, hasSessionToken: true });
    expect(rig.place).toBe("streaming.serving");
  });
});

describe("other refusals", () => {
  it("an administrator's no is no rejection of the request, and waits at the slow pace at once", async () => {
    const rig = rigOf();
    await rig.opened();
    rig.accepted("rejected");
    expect(rig.view).toMatchObject({ state: "backoff", child: "refused", backoffMs: 30_000 });
    expect(rig.context.rejections).toBe(0);
  });

  it("[C17 #4] a setting that cannot work waits in backoff.refused, at the slow pace from the third try", async () => {
    const rig = rigOf();
    const delays: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await rig.openFails("tls");
      expect(rig.place).toBe("backoff.refused");
      delays.push(rig.context.backoffMs);
      rig.actor.send({ type: "retry.now" });
    }
    expect(delays).toEqual([500, 1_000, 30_000]);
  });

  it("a token server that is down is transient", async () => {
    const rig = rigOf();
    await rig.openFails("credentials-unavailable");
    expect(rig.place).toBe("backoff.transient");
  });

  it("a token server that refuses the identity waits at the slow pace at once", async () => {
    const rig = rigOf();
    await rig.openFails("credentials-refused");
    expect(rig.view).toMatchObject({ state: "backoff", child: "refused", backoffMs: 30_000 });
  });
});
