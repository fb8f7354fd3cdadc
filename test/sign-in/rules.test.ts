import { describe, expect, it } from "vitest";
import { HttpError } from "../../src/credentials/http.js";
import { tlsAdvice } from "../../src/network/tls-failure.js";
import { gatewayHttpUrl } from "../../src/sign-in/index.js";
import { signInError } from "../../src/sign-in/oauth.js";
import { parseOidcConfig } from "../../src/sign-in/oidc-config.js";
import { browserCommand, openBrowser } from "../../src/sign-in/open-browser.js";

const config = {
  authorization_endpoint: "https://id.example.com/auth",
  token_endpoint: "https://id.example.com/token",
  issuer: "https://id.example.com",
  client_id: "cli",
  scopes: ["openid", 7, ""],
};

it.each(["SELF_SIGNED_CERT_IN_CHAIN", "ERR_TLS_CERT_ALTNAME_INVALID", "EPROTO"])(
  "a token server that TLS fails for says what to do: %s",
  (code) => {
    for (const error of [new HttpError(code), new Error("wrapped", { cause: new HttpError(code) })])
      expect(signInError(error, "signing in")).toMatchObject({
        code: "UNREACHABLE",
        message: `The token server cannot be reached by TLS (${code}): ${tlsAdvice(code, "http://")}, while signing in.`,
      });
  },
);

describe("the gateway that a command means", () => {
  it.each([
    [
      "the option first",
      "https://a.example.com/",
      { STRIKE48_API_URL: "https://b.example.com" },
      "https://a.example.com",
    ],
    [
      "the API's address",
      undefined,
      { STRIKE48_API_URL: " https://b.example.com/x/ ", STRIKE48_URL: "grpcs://c" },
      "https://b.example.com/x",
    ],
    [
      "the dialled address",
      undefined,
      { STRIKE48_URL: "grpcs://connectors-c.example.com" },
      "https://c.example.com",
    ],
    ["blank as unset", " ", { STRIKE48_URL: "", MATRIX_HOST: "127.0.0.1:4000" }, "http://127.0.0.1:4000"],
    ["the embedded gateway at last", undefined, {}, "http://localhost:50061"],
  ])("is %s", (_name, option, env, expected) => {
    expect(gatewayHttpUrl(option, env)).toBe(expected);
  });

  it.each([
    ["http://gateway.example.com", "plain http and not on loopback"],
    ["grpc://gateway.example.com:50061", "plain http and not on loopback"],
    ["https://user:secret@gateway.example.com", "cannot be used"],
    ["https://gateway.example.com/?a=secret", "cannot be used"],
    [
      "htps://gateway",
      "--gateway is no address of a gateway: htps://gateway. Write its HTTP API, such as https://studio.example.com, or what connectors dial.",
    ],
    ["gateway:0", "--gateway has no valid port: 0. A port is a number from 1 to 65535. Write its HTTP API,"],
    ["user:secret@gateway", "--gateway holds a user name or password. Write its HTTP API,"],
  ])("is refused as %s", (address, words) => {
    expect(() => gatewayHttpUrl(address, {})).toThrow(words);
  });
});

describe("the address of the environment", () => {
  it("is asked for as what it is", () => {
    expect(() => gatewayHttpUrl(undefined, { STRIKE48_API_URL: "htps://a" })).toThrow(
      "STRIKE48_API_URL is no address of a gateway: htps://a. Write its HTTP API,",
    );
    expect(() => gatewayHttpUrl(undefined, { STRIKE48_URL: "gprc://a" })).toThrow(
      "STRIKE48_URL is no address of a gateway: gprc://a. Write grpc://host:port,",
    );
  });
});

describe("a gateway's oidc_config", () => {
  it("is read with what it needs", () => {
    expect(parseOidcConfig(config)).toEqual({
      authorizationEndpoint: config.authorization_endpoint,
      tokenEndpoint: config.token_endpoint,
      issuer: config.issuer,
      clientId: "cli",
      scopes: ["openid"],
      userinfoEndpoint: undefined,
      revocationEndpoint: undefined,
    });
  });

  it.each(["authorization_endpoint", "token_endpoint", "client_id", "issuer"])("needs %s", (name) => {
    expect(() => parseOidcConfig({ ...config, [name]: "" })).toThrow(
      `OIDC config missing required field: ${name}`,
    );
  });

  it.each(["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "revocation_endpoint"])(
    "is refused with a %s that is neither https nor on loopback",
    (name) => {
      for (const value of ["http://planted.example.com/", "javascript:planted"]) {
        const parse = () => parseOidcConfig({ ...config, [name]: value });
        expect(parse).toThrow(`names a ${name} that is neither https nor on loopback`);
        expect(parse).not.toThrow("planted");
      }
    },
  );
});

describe("the browser", () => {
  const url = "https://id.example.com/auth?a=1&b=$(id)";

  it("is opened by the platform's opener, with the address as one argument", () => {
    expect(browserCommand(url, "darwin", {})).toEqual({ command: "open", args: [url] });
    expect(browserCommand(url, "win32", {})).toEqual({
      command: "rundll32",
      args: ["url.dll,FileProtocolHandler", url],
    });
    expect(browserCommand(url, "linux", { DISPLAY: ":0" })).toEqual({ command: "xdg-open", args: [url] });
    expect(browserCommand(url, "linux", {})).toBeUndefined();
  });

  it("is not opened without a screen, an opener, or a web address", async () => {
    expect(await openBrowser(url, "linux", {})).toBe(false);
    expect(await openBrowser("file:///etc/passwd", "linux", { DISPLAY: ":0" })).toBe(false);
  });
});
