import { describe, expect, it } from "vitest";
import { parseEitherDialled, parseEndpoint } from "../../src/protocol/endpoint.js";
import { connectorArn, registrationKey, sanitizeIdentifier } from "../../src/protocol/identity.js";

describe("gateway addresses", () => {
  it.each([
    ["grpcs://connectors.example.com:443", "connectors.example.com", 443, true, "gRPC"],
    ["wss://connectors.example.com", "connectors.example.com", 443, true, "WebSocket"],
    ["wss://connectors.example.com:443", "connectors.example.com", 443, true, "WebSocket"],
    ["ws://studio.example", "studio.example", 80, false, "WebSocket"],
    ["ws://studio.example:9000", "studio.example", 9_000, false, "WebSocket"],
    ["ws://h", "h", 80, false, "WebSocket"],
    ["wss://h", "h", 443, true, "WebSocket"],
    ["grpc://h", "h", 50_061, false, "gRPC"],
    ["GRPC://h", "h", 50_061, false, "gRPC"],
    ["grpcs://h", "h", 443, true, "gRPC"],
    ["localhost:50061", "localhost", 50_061, false, "gRPC"],
    ["connectors.example.com:443", "connectors.example.com", 443, true, "gRPC"],
    ["  example.com  ", "example.com", 50_061, false, "gRPC"],
    ["grpc://h:1/some/path", "h", 1, false, "gRPC"],
    ["[::1]:50061", "::1", 50_061, false, "gRPC"],
    ["grpcs://[2001:db8::1]", "2001:db8::1", 443, true, "gRPC"],
  ])(
    "[C14 #3] [C16 #56 #67] [C17 #14] [T12.11 #1 #2 #3 #4 #5] [T12.9 #1 #2] [T12.6 #2 #3] %s",
    (text, host, port, tls, transport) => {
      const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
      expect(parseEndpoint(text)).toEqual({ host, port, tls, transport, authority });
    },
  );

  it.each(["", "ftp://h:1", "h:1:2", "grpc://", "::1", "grpc://user@h:1", "h h"])(
    "refuses %j and says what is expected",
    (text) => {
      expect(() => parseEndpoint(text)).toThrow(
        /^url (is no address of a gateway: |holds a user name|has no valid port: ).*Write grpc:\/\/host:port/,
      );
    },
  );

  it.each(["h:0", "h:65536", "h:-1", "h:12a", "h:"])("refuses the port of %j", (text) => {
    expect(() => parseEndpoint(text)).toThrow(/^url has no valid port: /);
  });

  it("refuses a scheme with one slash as what it is", () => {
    expect(() => parseEndpoint("grpcs:/host")).toThrow(/^url is no address of a gateway: grpcs:\/host\. /);
    expect(() => parseEndpoint("host:")).toThrow(/^url has no valid port: there is none behind the colon\. /);
  });

  it.each(["grpc://host:1?token=planted", "host:1#planted", "grpc://ho st?planted", "ftp://host?planted"])(
    "are quoted without what may be a secret: %s",
    (text) => {
      expect(() => parseEndpoint(text)).toThrow(expect.not.stringContaining("planted"));
    },
  );
});

describe("identifiers", () => {
  it("[C14 #8] [C16 #22] [C17 #20] are sanitized, one character for one", () => {
    expect(["a.b", "a:b", "a b", "a\tb", "a\nb", "a\rb", "clean_id-1"].map(sanitizeIdentifier)).toEqual([
      "a-b",
      "a-b",
      "a-b",
      "a-b",
      "a-b",
      "a-b",
      "clean_id-1",
    ]);
  });

  it("[C14 #8] give key and address", () => {
    const identity = { tenantId: "t", connectorType: "c", instanceId: "i" };
    expect([registrationKey(identity), connectorArn(identity)]).toEqual(["t.c.i", "matrix:t:c:i"]);
  });
});

describe("the address of a gateway that either transport may lead to", () => {
  it.each([
    ["grpcs://gw.example", true, "gw.example:443", "gw.example:443"],
    ["wss://gw.example", true, "gw.example:443", "gw.example:443"],
    ["https://gw.example/path", true, "gw.example:443", "gw.example:443"],
    ["https://gw.example:8443", true, "gw.example:8443", "gw.example:8443"],
    ["grpc://gw.example", false, "gw.example:50061", "gw.example:80"],
    ["http://gw.example", false, "gw.example:50061", "gw.example:80"],
    ["ws://[::1]:81", false, "[::1]:81", "[::1]:81"],
    ["localhost", false, "localhost:50061", "localhost:80"],
    ["gw.example:443", true, "gw.example:443", "gw.example:443"],
  ])("%s: at its own port, else at that of each; with TLS as it says", (text, tls, gRPC, WebSocket) => {
    expect(parseEitherDialled(text)).toMatchObject({
      gRPC: { authority: gRPC, tls, transport: "gRPC" },
      WebSocket: { authority: WebSocket, tls, transport: "WebSocket" },
    });
  });

  it("is refused as any other", () => {
    expect(() => parseEitherDialled("gw.example:50061", "url")).toThrow(/^url has no scheme/);
  });
});
