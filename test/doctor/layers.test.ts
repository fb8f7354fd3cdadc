/** Each layer of the way to the gateway has a step of its own, which says what it met, how long it took and what to do. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { type GatewayOptions, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Lookup } from "../../src/doctor/layers/road.js";
import { authority } from "../support/certificates.js";
import { type Answer, http1Gateway, http2Gateway, served, tcpOnly, withoutAlpn } from "./peers.js";
import { stepOf, trusted, trustingHome, verdicts, wayTo } from "./place.js";

async function gatewayWith(options: GatewayOptions = {}) {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

const secure = async (...names: readonly string[]) =>
  gatewayWith({ tls: await (await trusted()).issue(...names), allowedHosts: [...names] });

/** A name server with these entries alone. */
const names =
  (entries: Readonly<Record<string, Readonly<Partial<Record<4 | 6, readonly string[] | string>>>>>): Lookup =>
  async (host, family) => {
    const entry = entries[host]?.[family] ?? "ENOTFOUND";
    if (typeof entry !== "string") return entry;
    throw Object.assign(new Error("No such entry."), { code: entry });
  };

describe("a gateway that is there", () => {
  it.each([
    ["grpcs", ["tcp ok", "tls warn", "alpn ok", "grpc ok", "api ok", "clock ok"]],
    ["wss", ["tcp ok", "tls warn", "alpn ok", "upgrade ok", "join ok", "api ok", "clock ok"]],
  ])("by %s:// passes every step, each with its time, and nobody is registered", async (scheme, steps) => {
    const gateway = await secure("127.0.0.1");
    const found = await wayTo(`${scheme}://127.0.0.1:${gateway.port}`);
    expect(verdicts(found)).toEqual(steps);
    for (const { step, ms } of found) if (step !== "clock") expect(ms).toBeGreaterThanOrEqual(0);
    // Certificates of tests last a day.
    expect(stepOf(found, "tls")?.what).toMatch(
      /^TLS opens; the certificate is for 127\.0\.0\.1, by a chain of 2 from the authority of MATRIX_TLS_CA_CERT; it ends on \d{4}-\d\d-\d\d \(0 days\)$/,
    );
    const offer = scheme === "wss" ? "http/1.1" : "h2";
    expect(stepOf(found, "alpn")?.what).toBe(`ALPN: offered ${offer}, chosen ${offer}`);
    expect(gateway.stats().registerRequests).toBe(0);
    expect(gateway.registrations()).toEqual([]);
  });

  it("has its addresses told by family, and the one that answers is taken", async () => {
    const gateway = await secure("gw.test");
    const lookup = names({ "gw.test": { 4: ["127.0.0.1"] } });
    const env = { STRIKE48_API_URL: gateway.httpUrl };
    for (const scheme of ["grpcs", "wss"]) {
      const found = await wayTo(`${scheme}://gw.test:${gateway.port}`, { lookup, env });
      expect(found.slice(0, 3)).toMatchObject([
        { level: "ok", step: "dns", what: "DNS: gw.test is 127.0.0.1 (A)" },
        { level: "ok", step: "dns", what: "DNS: gw.test has no IPv6 address (AAAA)" },
        { level: "ok", step: "tcp", what: `TCP to gw.test:${gateway.port} opens at 127.0.0.1` },
      ]);
      const last = scheme === "wss" ? "join" : "grpc";
      expect(stepOf(found, last)).toMatchObject({ level: "ok" });
    }
  });

  it.runIf(process.platform === "linux")(
    "at some addresses only has the others named, by family when a whole one fails",
    async () => {
      const gateway = await secure("gw.test");
      const port = gateway.port;
      const lookup = names({ "gw.test": { 4: ["127.0.0.2", "127.0.0.1"], 6: ["::1"] } });
      const found = await wayTo(`grpcs://gw.test:${port}`, {
        lookup,
        env: { STRIKE48_API_URL: gateway.httpUrl },
      });
      const tcp = stepOf(found, "tcp");
      expect(tcp).toMatchObject({ level: "warn", fix: expect.stringContaining("out of DNS") });
      expect(tcp?.what).toMatch(
        new RegExp(
          `^TCP to gw.test:${port} opens at 127.0.0.1; 127.0.0.2 \\(ECONNREFUSED\\) fails; IPv6 fails: ::1 \\(E[A-Z]+\\)$`,
        ),
      );
      expect(stepOf(found, "grpc")).toMatchObject({ level: "ok" });
    },
  );
});

describe("a name", () => {
  it("that nobody knows ends the way, and nothing else is tried", async () => {
    const found = await wayTo("grpcs://gw.test", { lookup: names({}) });
    expect(verdicts(found)).toEqual(["dns fail", "grpc skip", "api skip"]);
    expect(found).toMatchObject([
      { code: "ENOTFOUND", fix: "check the host's name and the name server" },
      { what: "TLS and gRPC: not tried: needs an address of gw.test" },
      {},
    ]);
  });

  it("of which one family cannot be asked for is told, and the other is used", async () => {
    const gateway = await secure("gw.test");
    const lookup = names({ "gw.test": { 4: ["127.0.0.1"], 6: "EAI_AGAIN" } });
    const env = { STRIKE48_API_URL: gateway.httpUrl };
    const found = await wayTo(`grpcs://gw.test:${gateway.port}`, { lookup, env });
    expect(found[1]).toMatchObject({
      level: "warn",
      what: "DNS: the AAAA record of gw.test cannot be looked up (EAI_AGAIN)",
      fix: expect.stringContaining("name server"),
    });
    expect(stepOf(found, "grpc")).toMatchObject({ level: "ok" });
  });

  it("that is never answered is given up", async () => {
    const found = await wayTo("wss://gw.test", { lookup: () => new Promise(() => {}), limitMs: 50 });
    expect(found[0]).toMatchObject({ step: "dns", level: "fail", code: "TIMEOUT" });
  });
});

describe("a peer that gets stuck", () => {
  it("after TCP is told by the step that got no answer", async () => {
    const port = await tcpOnly();
    const at = (scheme: string) => wayTo(`${scheme}://127.0.0.1:${port}`, { limitMs: 1_000 });
    const [grpc, ws, tls] = await Promise.all([at("grpc"), at("ws"), at("wss")]);
    expect(stepOf(grpc, "grpc")).toMatchObject({ level: "fail", code: "TIMEOUT" });
    expect(stepOf(ws, "upgrade")).toMatchObject({ level: "fail", code: "TIMEOUT" });
    expect(stepOf(tls, "tls")).toMatchObject({ level: "fail", code: "TIMEOUT" });
    expect(stepOf(tls, "upgrade")).toMatchObject({ level: "skip" });
  }, 60_000);

  it("in TLS for its certificate is told by what that shows", async () => {
    const at = async (pair: { readonly cert: string; readonly key: string }, ca?: string) => {
      const env = await trustingHome(ca);
      return stepOf(await wayTo(`grpcs://127.0.0.1:${await http2Gateway(served, pair)}`, { env }), "tls");
    };
    const issuer = await trusted();
    expect(await at(await issuer.issue("other.test", "*.wild.test"))).toMatchObject({
      level: "fail",
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
      what: expect.stringMatching(/: the certificate is for other\.test, \*\.wild\.test$/),
      fix: "dial the name that the certificate is for",
    });
    const stranger = await authority("CN=planted words of a stranger");
    const strange = await at(await stranger.issue("127.0.0.1"));
    expect(strange).toMatchObject({
      level: "fail",
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      what: expect.stringContaining("the server sends its own certificate alone"),
      fix: expect.stringMatching(/MATRIX_TLS_CA_CERT.*send its whole chain/),
    });
    expect(JSON.stringify(strange)).not.toContain("planted");
    const day = 86_400_000;
    const old = await authority("CN=Old", {
      notBefore: new Date(Date.now() - 9 * day),
      notAfter: new Date(Date.now() - 2 * day),
    });
    expect(await at(await old.issue("127.0.0.1"), old.ca)).toMatchObject({
      level: "fail",
      code: "CERT_HAS_EXPIRED",
      what: expect.stringMatching(/: the certificate ended on \d{4}-\d\d-\d\d$/),
    });
  });

  it.each([
    ["names no protocol", withoutAlpn, "ALPN: offered h2, chosen none"],
    ["knows HTTP/1 alone", http1Gateway, "ALPN: offered h2, refused (ERR_SSL_TLSV1_ALERT_NO_APPLICATION"],
  ])("in ALPN, because its TLS %s, is told by what was offered", async (_, start, words) => {
    const port = await start(await (await trusted()).issue("127.0.0.1"));
    const found = await wayTo(`grpcs://127.0.0.1:${port}`);
    expect(stepOf(found, "alpn")).toMatchObject({
      level: "fail",
      what: expect.stringContaining(words),
      fix: "have what ends TLS there offer h2: gRPC needs it",
    });
    // Certificates of tests last a day.
    expect(stepOf(found, "tls")).toMatchObject({ level: "warn", what: expect.stringContaining("0 days") });
    expect(stepOf(found, "grpc")).toMatchObject({ level: "skip", what: "gRPC: not tried: needs ALPN" });
    // It lies in front of the API, too, and that it serves.
    expect(stepOf(found, "api")).toMatchObject({ level: "ok" });
  });
});

describe("a peer of HTTP/2", () => {
  const grpc = { ":status": 200, "content-type": "application/grpc" };
  it.each<[string, Answer, string, string]>([
    ["no gRPC", { ":status": 200, "content-type": "text/html" }, "fail", "CONTENT_TYPE"],
    ["a status of HTTP", { ":status": 502 }, "fail", "HTTP_502"],
    ["no such service", { ...grpc, "grpc-status": "12" }, "fail", "UNIMPLEMENTED"],
    ["no gateway behind it", { ...grpc, "grpc-status": "14" }, "fail", "UNAVAILABLE"],
    ["a reset", "reset", "fail", "RESET"],
    ["silence", "nothing", "warn", "SILENCE"],
  ])("that has %s is no gateway that connectors can use", async (_, answer, level, code) => {
    const limitMs = answer === "nothing" ? 1_000 : 5_000;
    const found = await wayTo(`grpc://127.0.0.1:${await http2Gateway(answer)}`, { limitMs });
    expect(stepOf(found, "grpc")).toMatchObject({ level, code, what: expect.stringContaining("speaks") });
  });

  it.each(["0", "3", "7", "16"])(
    "that ends a call without a message with %s has the service",
    async (status) => {
      const port = await http2Gateway({ ...grpc, "grpc-status": status });
      expect(stepOf(await wayTo(`grpc://127.0.0.1:${port}`), "grpc")).toMatchObject({ level: "ok" });
    },
  );

  it("that is another gRPC server is told as such", async () => {
    const server = new Server();
    onTestFinished(() => server.forceShutdown());
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    expect(stepOf(await wayTo(`grpc://127.0.0.1:${port}`), "grpc")).toMatchObject({
      level: "fail",
      what: `gRPC: 127.0.0.1:${port} speaks gRPC, and has no service for connectors (UNIMPLEMENTED)`,
    });
  });
});

it("a token server elsewhere has its clock compared, too", async () => {
  const serve = async (answer: (origin: string) => { date?: string; body?: object }) => {
    const server = createServer((_, response) => {
      const { date, body = {} } = answer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      if (date !== undefined) response.setHeader("date", date);
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const late = new Date(Date.now() - 600_000).toUTCString();
  const tokens = await serve(() => ({ date: late }));
  const api = await serve((issuer) => ({
    body: {
      authorization_endpoint: `${issuer}/a`,
      token_endpoint: `${tokens}/token`,
      client_id: "c",
      issuer,
    },
  }));
  const gateway = await gatewayWith();
  const found = await wayTo(gateway.url, { env: { STRIKE48_API_URL: api } });
  expect(found.slice(-3)).toMatchObject([
    { check: "clock", level: "ok", what: "our clock agrees with the gateway's" },
    { step: "token-server", level: "ok", what: `the token server at ${tokens} answers` },
    {
      check: "clock",
      level: "fail",
      what: expect.stringMatching(/(599|600|601) s ahead of the token server's/),
    },
  ]);
});
