import { describe, expect, it } from "vitest";
import { tlsAdvice } from "../../src/network/tls-failure.js";
import { linkFailure } from "../../src/transport/failure-table.js";
import { retryHint } from "../../src/transport/http2/failures.js";
import { socketFailure } from "../../src/transport/websocket/failures.js";

describe("an error of this machine", () => {
  it.each(["EMFILE", "ENFILE", "EACCES", "EPERM", "EINVAL", "EADDRNOTAVAIL", "ENOBUFS"])(
    "is not blamed on the peer, and says what to look at: %s",
    (code) => {
      const error = Object.assign(new Error(`connect ${code}`), { code });
      expect(linkFailure(error, "connection-lost")).toEqual({
        cause: "local-error",
        code,
        detail: expect.stringMatching(/^This (process|machine) /),
      });
    },
  );
});

it.each(["INVALID_CA", "CERT_SIGNATURE_FAILURE", "CERT_REVOKED", "SELF_SIGNED_CERT_IN_CHAIN"])(
  "an error of a certificate is one of TLS: %s",
  (code) => {
    const error = Object.assign(new Error(code), { code });
    const detail = expect.stringContaining(`TLS failed: ${tlsAdvice(code, "grpc://")}.`);
    expect(linkFailure(error, "connection-lost")).toEqual({ cause: "tls", code, detail });
  },
);

it.each(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"])(
  "a certificate out of its time says what our clock shows: %s",
  (code) => {
    const error = Object.assign(new Error(code), { code });
    const clock = /this computer's clock if it is wrong.* \(it shows 20\S+Z\)\./;
    const failure = { cause: "tls", code, detail: expect.stringMatching(clock) };
    expect(linkFailure(error, "connection-lost")).toEqual(failure);
  },
);

it("a WebSocket with TLS to a port without it says so, and which scheme to use", () => {
  const error = Object.assign(new Error("write EPROTO"), { code: "EPROTO" });
  expect(socketFailure(error, "connection-lost")).toEqual({
    cause: "tls",
    code: "EPROTO",
    detail: expect.stringContaining("TLS failed: the port speaks no TLS: use ws://."),
  });
});

describe("a hint when to try again", () => {
  const hint = (text: string) => retryHint((name) => (name === "retry-after" ? text : undefined));

  it("may be an HTTP date", () => {
    const ms = hint(new Date(Date.now() + 3_600_000).toUTCString());
    expect(ms).toBeGreaterThan(3_000_000);
    expect(ms).toBeLessThanOrEqual(3_600_000);
  });

  it("is now for a date that is past, and nothing for what is neither", () => {
    expect(hint("Thu, 01 Jan 1970 00:00:00 GMT")).toBe(0);
    expect(hint("soon")).toBeUndefined();
    expect(hint("Xyz, no date at all GMT")).toBeUndefined();
  });
});
