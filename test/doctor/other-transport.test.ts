/** Where the chosen address does not get through, the doctor tries the others of the same host and says which would work. */
import { startGateway } from "mooring/gateway";
import { startTestProxy } from "mooring/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { othersOf } from "../../src/doctor/other-transport.js";
import { addressOf, parseEndpoint } from "../../src/protocol/endpoint.js";
import { http1Gateway, http2Gateway, served } from "./peers.js";
import { stepOf, trusted, wayTo } from "./place.js";

const pair = async () => (await trusted()).issue("127.0.0.1");

describe("what works in place of what does not", () => {
  it.each([
    ["gRPC", "grpc", "WebSocket", "ws", () => http1Gateway()],
    ["gRPC", "grpcs", "WebSocket", "wss", async () => http1Gateway(await pair())],
    ["WebSocket", "ws", "gRPC", "grpc", () => http2Gateway(served)],
    ["WebSocket", "wss", "gRPC", "grpcs", async () => http2Gateway(served, await pair())],
  ])("%s by %s:// is blocked, and %s by %s:// is found", async (chosen, scheme, other, works, start) => {
    const host = `127.0.0.1:${await start()}`;
    const found = await wayTo(`${scheme}://${host}`);
    expect(stepOf(found, "other-transport")).toMatchObject({
      level: "warn",
      ms: expect.any(Number),
      what: `${chosen} does not work here, and ${other} does: ${works}://${host}`,
      fix: `use ${works}://${host}`,
    });
  });

  it.each([
    ["gRPC", "grpc"],
    ["WebSocket", "ws"],
  ])("%s by %s:// at a port of TLS is told to take TLS", async (transport, scheme) => {
    const gateway = await startGateway({ tls: await pair() });
    onTestFinished(() => gateway.close());
    const host = `127.0.0.1:${gateway.port}`;
    expect(stepOf(await wayTo(`${scheme}://${host}`), "other-transport")).toMatchObject({
      level: "warn",
      what: `${transport} does not work here without TLS, and does with it: ${scheme}s://${host}`,
      fix: `use ${scheme}s://${host}`,
    });
  });

  it("asks for MOORING_TRANSPORT to go with it", async () => {
    const host = `127.0.0.1:${await http1Gateway()}`;
    const found = await wayTo(`grpc://${host}`, { env: { MOORING_TRANSPORT: "lean" } });
    expect(stepOf(found, "other-transport")?.fix).toBe(`use ws://${host}, and unset MOORING_TRANSPORT`);
  });

  it("is looked for through the same proxy", async () => {
    const proxy = await startTestProxy();
    onTestFinished(() => proxy.close());
    const host = `127.0.0.1:${await http1Gateway(await pair())}`;
    const found = await wayTo(`grpcs://${host}`, { env: { HTTPS_PROXY: proxy.url } });
    expect(stepOf(found, "other-transport")?.fix).toBe(`use wss://${host}`);
    // The proxy, TLS, both of them and the upgrade of the other transport, the same at 443, and the API.
    expect(new Set(proxy.asked)).toEqual(new Set([host, "127.0.0.1:443"]));
  });
});

describe("nothing is advised", () => {
  it("that leaves TLS", async () => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.close());
    for (const scheme of ["grpcs", "wss"]) {
      const found = await wayTo(`${scheme}://127.0.0.1:${gateway.port}`);
      const plain = scheme === "wss" ? "ws" : "grpc";
      // On loopback it says which scheme the port speaks, and what follows does not take that back.
      expect(stepOf(found, "tls")).toMatchObject({
        level: "fail",
        fix: `the port speaks no TLS: use ${plain}://`,
      });
      expect(stepOf(found, "other-transport")).toMatchObject({
        level: "fail",
        what: expect.stringMatching(/^with TLS no other transport works here either: /),
        fix: "do what is said of TLS above: another transport with TLS does not help",
      });
    }
  });

  it("for a certificate that nobody trusts, or where nobody listens", async () => {
    const gateway = await startGateway({ tls: await (await trusted()).issue("other.test") });
    onTestFinished(() => gateway.close());
    const untrusted = await wayTo(`wss://127.0.0.1:${gateway.port}`);
    expect(stepOf(untrusted, "tls")).toMatchObject({ level: "fail" });
    expect(stepOf(untrusted, "other-transport")).toBeUndefined();
    const nobody = await wayTo("grpc://127.0.0.1:1");
    expect(stepOf(nobody, "tcp")).toMatchObject({ level: "fail" });
    expect(stepOf(nobody, "other-transport")).toBeUndefined();
  });
});

it.each([
  ["grpcs://h", ["wss://h:443"]],
  ["grpcs://h:8443", ["wss://h:8443", "wss://h:443"]],
  ["wss://h:8443", ["grpcs://h:8443", "grpcs://h:443"]],
  ["grpc://h", ["grpcs://h:50061", "wss://h:443", "ws://h:50061", "ws://h:80"]],
  ["ws://[::1]:9", ["wss://[::1]:9", "grpcs://[::1]:443", "grpc://[::1]:9", "grpc://[::1]:50061"]],
])("%s has %j tried in its place", (url, others) => {
  expect(othersOf(parseEndpoint(url)).map(addressOf)).toEqual(others);
});
