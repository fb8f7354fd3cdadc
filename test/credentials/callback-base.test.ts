import { describe, expect, it } from "vitest";
import {
  type CallbackBase,
  deriveBase,
  registerTarget,
  resolveCallbackBase,
} from "../../src/credentials/callback-base.js";
import { createCredentialService } from "../../src/credentials/create.js";
import { CredentialError } from "../../src/credentials/credentials.js";
import { isLoopbackHost } from "../../src/network/loopback.js";
import { registerPath } from "./platform.js";

const base = (url: string, source: CallbackBase["source"] = "dialled"): CallbackBase => ({
  url,
  source,
  notes: [],
});
const resolve = (apiUrl: string | undefined, authority: string, tls: boolean, advertised = "") =>
  resolveCallbackBase({ apiUrl, dialled: { authority, tls }, advertised });

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof CredentialError) return error.failure.code;
    throw error;
  }
  return undefined;
}

describe("derived base", () => {
  it.each([
    ["wss://connectors-studio.example.com:443", true, "https://studio.example.com"],
    ["studio.example.com:443", true, "https://studio.example.com"],
    ["studio.example.com:8443", true, "https://studio.example.com:8443"],
    ["ws://localhost:4000", false, "http://localhost:4000"],
    ["localhost:50061", false, "http://localhost:50061"],
    ["wss://studio.example.com", false, "https://studio.example.com"],
    ["2001:db8::443", true, "https://[2001:db8::443]"],
    ["[2001:db8::1]:8443", true, "https://[2001:db8::1]:8443"],
    ["[2001:db8::1]", true, "https://[2001:db8::1]"],
    ["GRPCS://studio.example.com:443/some/path", false, "https://studio.example.com"],
    ["grpc://studio.example.com:80", false, "http://studio.example.com"],
    ["  studio.example.com:80 ", true, "https://studio.example.com:80"],
    ["connectors-a.example.com", true, "https://a.example.com"],
    ["Connectors-a.example.com", true, "https://Connectors-a.example.com"],
  ])("[A16 #8 #9 #18] of %s (TLS %s) is %s", (dialled, tls, url) => {
    expect(deriveBase(dialled, tls)?.url).toBe(url);
  });

  it.each(["", "   ", "grpc://", "connectors-", ":443"])("[A16 #10] of %j does not exist", (dialled) => {
    expect(deriveBase(dialled, true)).toBeUndefined();
  });
});

describe("choice of the base", () => {
  it("[A16 #11] the setting wins, loses its trailing slashes and keeps its path", () => {
    const chosen = resolve(
      " https://api.example.com/v1// ",
      "studio.example.com:443",
      true,
      "https://other.example.com",
    );
    expect(chosen).toMatchObject({ url: "https://api.example.com/v1", source: "apiUrl" });
  });

  it("[W-7] [A16 #12] the dialled host wins over the message's placeholder", () => {
    expect(resolve(undefined, "studio.example.com:443", true, "http://localhost:4000").url).toBe(
      "https://studio.example.com",
    );
  });

  it("[A16 #13] two tenants with one advertised value go to their own hosts", () => {
    const advertised = "https://shared.example.com";
    expect(resolve(undefined, "a.example.com:443", true, advertised).url).toBe("https://a.example.com");
    expect(resolve(undefined, "b.example.com:443", true, advertised).url).toBe("https://b.example.com");
  });

  it("[A16 #14] the message's value serves when there is nothing else", () => {
    expect(resolve("  ", "", true, "https://api.example.com/")).toMatchObject({
      url: "https://api.example.com",
      source: "server",
    });
  });

  it.each(["ftp://api.example.com", "api.example.com", "https://", "http://exa mple.com"])(
    "[A16 #15] the message's value %s is an error that does not repeat it",
    (advertised) => {
      expect(codeOf(() => resolve(undefined, "", true, advertised))).toBe("API_URL");
      expect(() => resolve(undefined, "", true, advertised)).not.toThrow(advertised);
    },
  );

  it("[A16 #23] all sources empty is an error that names the setting", () => {
    expect(codeOf(() => resolve(undefined, "", true))).toBe("NO_API_URL");
    expect(() => resolve(undefined, "", true)).toThrow("STRIKE48_API_URL");
  });

  it.each([
    "studio.example.com",
    "ftp://studio.example.com",
    "https://",
    "https://h/?q=1",
    "https://user:hidden@h",
    "https://user:hid/hidden@h",
  ])("[A16 #20] the setting %s is refused at construction, by name", (apiUrl) => {
    const create = () =>
      createCredentialService({
        apiUrl,
        dialled: { authority: "localhost:1", tls: false },
        stepTimeoutMs: 1000,
      });
    expect(create).toThrow("STRIKE48_API_URL");
    expect(create).not.toThrow("hidden");
  });
});

describe("notes on the base", () => {
  it("[A16 #16] the message's value and loopback are noted, a setting is not", () => {
    expect(resolve(undefined, "", false, "http://127.0.0.1:4000").notes).toEqual(["from-server", "loopback"]);
    expect(resolve("http://localhost:4000", "studio.example.com:443", true).notes).toEqual([]);
  });

  it("[A16 #19 #21] a kept port and a difference are noted, agreement is silent", () => {
    expect(resolve(undefined, "studio.example.com:8443", true).notes).toEqual(["kept-port"]);
    expect(resolve(undefined, "studio.example.com:443", true, "https://studio.example.com").notes).toEqual(
      [],
    );
    expect(resolve("https://api.example.com", "x:1", true, "https://other.example.com").notes).toEqual([
      "differs-from-advertised",
    ]);
  });

  it.each([
    ["localhost", true],
    ["LOCALHOST", true],
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["[::1]", true],
    ["127.example.com", false],
    ["localhost.example.com", false],
    ["10.0.0.1", false],
  ])("[A16 #17] %s is loopback: %s", (host, loopback) => {
    expect(isLoopbackHost(host)).toBe(loopback);
  });
});

describe("target of the register call", () => {
  const target = (url: string, of = base("https://studio.example.com")) =>
    registerTarget(of, url, false).href;

  it("[W-25] an empty address means the usual path, a missing slash is put in", () => {
    expect(target("")).toBe(`https://studio.example.com${registerPath}`);
    expect(target("api/other")).toBe("https://studio.example.com/api/other");
  });

  it("a path is put after the base, whose own path stays", () => {
    expect(target("/r", base("https://studio.example.com/v1", "apiUrl"))).toBe(
      "https://studio.example.com/v1/r",
    );
  });

  it.each([
    "https://studio.example.com/r",
    "HTTPS://Studio.Example.com:443/r",
    "https://studio.example.com:443/r",
  ])("[A16 #1 #2 #22] %s has the same origin", (url) => {
    expect(target(url)).toBe("https://studio.example.com/r");
  });

  it.each([
    ["[A16 #3 #22] another host", "https://evil.example.com/r", "FOREIGN_ORIGIN"],
    ["[A16 #4] http instead of https", "http://studio.example.com/r", "FOREIGN_ORIGIN"],
    ["[A16 #5] another port", "https://studio.example.com:8443/r", "FOREIGN_ORIGIN"],
    ["another host behind a user name", "https://studio.example.com@evil.example.com/r", "FOREIGN_ORIGIN"],
    ["[A16 #7] not a URL", "http://", "REGISTER_URL"],
    ["another scheme", "ftp://studio.example.com/r", "REGISTER_URL"],
    ["script", "javascript:alert(1)", "REGISTER_URL"],
    ["a line break", "/r\r\nHost: evil", "REGISTER_URL"],
  ])("%s is refused, and not repeated", (_name, url, code) => {
    expect(codeOf(() => target(url))).toBe(code);
    expect(() => target(url)).not.toThrow(/evil/);
  });

  it.each(["//evil.example.com/r", "@evil.example.com/r", "/../../r", ".evil.example.com/r", ":8443/r"])(
    "%s stays on the base's origin",
    (path) => {
      expect(new URL(target(path)).origin).toBe("https://studio.example.com");
    },
  );

  it("[A16 #6] without a setting the dialled base is the only rule", () => {
    expect(target("https://studio.example.com/r", resolve(undefined, "studio.example.com:443", true))).toBe(
      "https://studio.example.com/r",
    );
  });

  it("plain http is for loopback, or by permission", () => {
    expect(target("/r", base("http://localhost:4000"))).toBe("http://localhost:4000/r");
    expect(codeOf(() => target("/r", base("http://studio.example.com")))).toBe("INSECURE_HTTP");
    expect(registerTarget(base("http://studio.example.com"), "/r", true).href).toBe(
      "http://studio.example.com/r",
    );
  });
});
