import { createRuntime } from "mooring";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/secret.js";
import { identity, never, sessionToken, startBench } from "./platform.js";

const elsewhere = { authority: "gateway.example.com:50061", tls: false };

async function tokensWith(options: Parameters<typeof startBench>[0]) {
  const bench = await startBench({ dialled: elsewhere, ...options });
  return { ...bench, registration: bench.credentials.for(identity, undefined) };
}

describe("tokens over gRPC without TLS, off loopback", () => {
  it("the option authToken is refused at once, naming what to set", async () => {
    const { credentials } = await startBench({ dialled: elsewhere });
    expect(() => credentials.for(identity, new Secret("planted"))).toThrow(
      /authToken.*without TLS.*gateway\.example\.com:50061.*grpcs:\/\/.*credentials\.allowInsecureGrpc/,
    );
    const runtime = createRuntime({ url: "grpc://gateway.example.com:50061", env: {} });
    const connector = { connectorType: "t", version: "1" };
    expect(() => runtime.add({ connector: connector as never, authToken: "planted" })).toThrow();
  });

  it("AUTH_TOKEN is not sent", async () => {
    const { registration } = await tokensWith({ env: { AUTH_TOKEN: "planted" } });
    await expect(registration.tokens(never)).rejects.toMatchObject({
      failure: {
        cause: "credentials-unavailable",
        code: "INSECURE_GRPC",
        detail: expect.stringContaining("credentials.allowInsecureGrpc"),
      },
    });
  });

  it("a minted token and a session token are not sent", async () => {
    const { registration, restart } = await tokensWith({});
    const kept = sessionToken(4_000_000_000);
    registration.keepSessionToken(kept);
    await expect(registration.tokens(never)).rejects.toMatchObject({ failure: { code: "INSECURE_GRPC" } });
    const allowed = restart({ allowInsecureGrpc: true, env: {} }).for(identity, undefined);
    allowed.keepSessionToken(kept);
    expect(await allowed.tokens(never)).toMatchObject({ sessionToken: kept });
  });

  it("what needs no token goes on", async () => {
    const { registration } = await tokensWith({ env: {} });
    expect(await registration.tokens(never)).toMatchObject({ source: "anonymous" });
  });

  it.each([
    [{ dialled: { ...elsewhere, tls: true } }],
    [{ allowInsecureGrpc: true }],
    [{ dialled: { authority: "[::1]:50061", tls: false } }],
    [{ dialled: { authority: "[0:0:0:0:0:0:0:1]:50061", tls: false } }],
    [{ dialled: { authority: "LOCALHOST:50061", tls: false } }],
  ])("are sent with %o", async (options) => {
    const { registration } = await tokensWith({ env: { AUTH_TOKEN: "jwt" }, ...options });
    expect(await registration.tokens(never)).toMatchObject({ source: "environment" });
  });

  it.each([
    "127.0.0.1.example.com:1",
    "localhost.example.com:1",
    "[::ffff:10.0.0.1]:1",
    "10.0.0.1:1",
    "0.0.0.0:1",
  ])("are not sent to %s", async (authority) => {
    const { registration } = await tokensWith({
      env: { AUTH_TOKEN: "jwt" },
      dialled: { authority, tls: false },
    });
    await expect(registration.tokens(never)).rejects.toMatchObject({ failure: { code: "INSECURE_GRPC" } });
  });

  it("are told about in the log when the option lets them go", async () => {
    const { lines } = await startBench({ dialled: elsewhere, allowInsecureGrpc: true });
    expect(JSON.stringify(lines)).toContain("credentials.allowInsecureGrpc");
  });
});

describe("an address without a scheme", () => {
  it.each(["gateway.example.com:50061", "gateway.example.com", "10.0.0.1:80", "[2001:db8::1]:50061"])(
    "off loopback does not mean without TLS: %s",
    (url) => {
      expect(() => createRuntime({ url, env: {} })).toThrow(
        /^url has no scheme.*Write grpcs:\/\/.*or grpc:\/\//,
      );
      expect(() => createRuntime({ env: { STRIKE48_HOST: url } })).toThrow(/^STRIKE48_HOST has no scheme/);
    },
  );

  it.each(["localhost:50061", "127.0.0.1:1", "[::1]:50061", "gateway.example.com:443"])(
    "is taken: %s",
    (url) => {
      expect(() => createRuntime({ url, env: {} })).not.toThrow();
    },
  );
});
