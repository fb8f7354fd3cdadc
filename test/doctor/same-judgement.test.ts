import { describe, expect, it } from "vitest";
import { checkSettings, dialled } from "../../src/doctor/settings.js";
import { checkTransportSetting } from "../../src/doctor/transport-setting.js";
import { environmentNames } from "../../src/runtime/environment-variables.js";
import { resolveSettings } from "../../src/runtime/options.js";

/** What the runtime says of the environment; undefined when it can be used. */
function refusal(env: Record<string, string>): string | undefined {
  try {
    resolveSettings({ env });
    return undefined;
  } catch (error) {
    return (error as Error).message; // all that it throws
  }
}

describe("the doctor judges as the runtime does", () => {
  it.each([
    ["1", true],
    ["30000", true],
    [" 030000 ", true],
    ["2147483647", true],
    ["2147483648", false],
    ["0", true],
    ["30s", false],
    ["3e4", false],
    ["0x10", false],
    ["2.5", false],
    ["-1", false],
    ["+5", false],
  ])("of an interval of %o", (text, isGood) => {
    const env = { STRIKE48_METRICS_INTERVAL_MS: text };
    expect(refusal(env)).toBe(
      isGood
        ? undefined
        : `STRIKE48_METRICS_INTERVAL_MS must be a whole number of milliseconds, in digits, up to 2147483647; got "${text}".`,
    );
    const levels = checkSettings(env, 0).map(({ level }) => level);
    expect(levels).toEqual(isGood ? [] : ["fail"]);
  });

  it.each(Object.keys(environmentNames))("of a blank %s", (name) => {
    const [finding] = checkSettings({ [name]: " " }, 0);
    expect(finding).toMatchObject({
      level: "warn",
      what: `${name} is set but blank, and counts as unset`,
    });
  });

  it.each([
    ["planned", true],
    ["plain", true],
    ["fast", false],
  ])("of charts that are stepped %o", (MOORING_CHARTS, isGood) => {
    const env = { MOORING_CHARTS };
    expect(refusal(env)).toBe(
      isGood ? undefined : `MOORING_CHARTS must be one of planned, plain; got "${MOORING_CHARTS}".`,
    );
    expect(checkSettings(env, 0).map(({ level, what }) => `${level} ${what}`)).toEqual(
      isGood ? [] : ["fail MOORING_CHARTS names no way to step charts"],
    );
  });

  it("of an interval that nobody asks for", () => {
    const env = { STRIKE48_METRICS_INTERVAL_MS: "30s", STRIKE48_METRICS_ENABLED: "false" };
    expect(refusal(env)).toBeUndefined();
    expect(checkSettings(env, 0)).toEqual([]);
  });

  it.each([
    ["wss://h:0", "STRIKE48_URL has no valid port: 0. A port is a number from 1 to 65535"],
    ["grpc://h:0", "STRIKE48_URL has no valid port: 0. A port is a number from 1 to 65535"],
    ["ftp://h", "STRIKE48_URL is no address of a gateway: ftp://h"],
    ["grpc://u:planted-secret@h", "STRIKE48_URL holds a user name or password"],
  ])("of the address %s", (STRIKE48_URL, what) => {
    const env = { STRIKE48_URL };
    expect(refusal(env)).toContain(`${what}. Write grpc://host:port`);
    expect(dialled(undefined, env)).toEqual({
      endpoint: undefined,
      finding: {
        level: "fail",
        check: "settings",
        what,
        fix: "write grpc://host:port, grpcs://host:port (TLS) or host:port (TLS on 443), or for WebSocket ws://host:port or wss://host:port (TLS); IPv6 in brackets, like [::1]:50061",
      },
    });
  });
});

describe("the doctor and the runtime on MOORING_TRANSPORT", () => {
  it.each([
    ["grpcs://h", "lean", false],
    ["grpcs://h", "websocket", true],
    ["wss://h", "websocket", false],
    ["wss://h", "grpc-js", true],
  ])("at %s with %s", (STRIKE48_URL, MOORING_TRANSPORT, contradicts) => {
    const env = { STRIKE48_URL, MOORING_TRANSPORT };
    const found = checkTransportSetting(undefined, env, dialled(undefined, env).endpoint);
    expect(found.map(({ level }) => level)).toEqual(contradicts ? ["fail"] : []);
    if (!contradicts) return expect(refusal(env)).toBeUndefined();
    expect(refusal(env)).toContain(`MOORING_TRANSPORT is ${MOORING_TRANSPORT}`);
    expect(found[0]?.what).toContain(`MOORING_TRANSPORT is ${MOORING_TRANSPORT}, which speaks`);
    expect(found[0]?.what).toContain("but STRIKE48_URL asks for");
    expect(found[0]?.fix).toMatch(/^unset MOORING_TRANSPORT, or write /);
  });
});
