/** What is decided above the transports is decided by the cause, whatever code the peer has for it. */
import { describe, expect, it } from "vitest";
import { failureOf } from "../../machines/failure.js";
import { adviceOn, isPerhapsOfABlock } from "../../src/runtime/advice.js";
import { answerRefusal } from "../../src/session/answer-refusal.js";

/** Codes as a transport without gRPC has them, and codes of gRPC beside another cause. */
const codes = ["1001", "1008", "1009", "UNAVAILABLE", "UNAUTHENTICATED", "RESOURCE_EXHAUSTED", "INTERNAL"];

describe("an end that speaks against an answer", () => {
  it.each(codes)("[C14 #74] is told by its cause and by the transport, not by %s", (code) => {
    const end = (cause: "peer-error" | "peer-exhausted" | "message-too-large") => ({ cause, code });
    expect(answerRefusal({ by: "peer", failure: end("peer-error") })).toBeUndefined();
    expect(answerRefusal({ by: "peer", failure: end("peer-error"), mayBlameMessage: true })).toBe("perhaps");
    expect(answerRefusal({ by: "peer", failure: end("peer-exhausted") })).toBe("too-large");
    expect(answerRefusal({ by: "peer", failure: end("message-too-large") })).toBe("too-large");
    expect(answerRefusal({ by: "local", failure: end("message-too-large") })).toBeUndefined();
  });
});

describe("a refusal of the register request", () => {
  it.each(codes)("is told by its cause, not by %s", (code) => {
    for (const cause of ["refused-by-peer", "identity-refused"] as const) {
      expect(failureOf(cause, { code }, true).kind).toBe("rejected");
      expect(failureOf(cause, { code }, false).kind).toBe("transient");
    }
    for (const cause of ["access-denied", "peer-unavailable", "peer-exhausted", "peer-error"] as const)
      expect(failureOf(cause, { code }, true).kind).toBe("transient");
  });
});

describe("advice", () => {
  it.each(codes)("is given by the cause, not by %s", (code) => {
    const remedyOf = (cause: "identity-refused" | "peer-unavailable" | "peer-error") =>
      adviceOn({ cause, code, credentialSource: "environment" }).remedy;
    expect(remedyOf("identity-refused")).toContain("AUTH_TOKEN");
    expect(remedyOf("peer-unavailable")).toContain("while the gateway is being restarted");
    expect(remedyOf("peer-error")).toContain("Look at the status code");
  });

  it("blames a block of this side for no end that is about identity", () => {
    expect(isPerhapsOfABlock("identity-refused")).toBe(false);
    expect(isPerhapsOfABlock("access-denied")).toBe(false);
    expect(isPerhapsOfABlock("peer-error")).toBe(true);
  });
});
