/** What is known of an option stands in its row; everything else follows from it. */
import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../machines/policy.js";
import { rowsOf } from "../../scripts/option-tables.js";
import { filled } from "../../src/options/filled.js";
import {
  choiceRow,
  countRow,
  numberRow,
  type Rows,
  switchRow,
  textRow,
  textsRow,
  timeRow,
} from "../../src/options/rows.js";
import { runtimeOptions } from "../../src/runtime/option-table.js";
import { limitsOf, type RegistrationOptions, resolveSettings } from "../../src/runtime/options.js";
import { policyOf } from "../../src/runtime/policy.js";
import { workerOptions } from "../../src/runtime/worker-settings.js";

const says = "";

describe("a row", () => {
  const rows = {
    retries: countRow({ says, default: 3, environment: ["RETRIES"] }),
    threads: numberRow({ says, default: 1, range: { least: 1, most: 4, fractions: "refuse" } }),
    mode: choiceRow(["fast", "safe"], { says, default: "fast", environment: ["MODE"] }),
    wait: { firstMs: timeRow(1, { says, default: 5, environment: ["WAIT_MS", "OLD_WAIT_MS"] }) },
    loud: switchRow({ says, default: false, environment: ["LOUD"] }),
    name: textRow({ says, environment: ["NAME"] }),
    tags: textsRow({ says, default: [], environment: ["TAGS"] }),
  };
  const usual = { retries: 3, threads: 1, mode: "fast", wait: { firstMs: 5 }, loud: false, tags: [] };

  it("says what holds: option, then environment, then default", () => {
    expect(filled(rows, {})).toEqual(usual);
    const env = {
      RETRIES: "7",
      MODE: " safe ",
      WAIT_MS: " ",
      OLD_WAIT_MS: "9",
      LOUD: "1",
      NAME: "n",
      TAGS: "a, ,b",
    };
    const said = {
      ...usual,
      retries: 7,
      mode: "safe",
      wait: { firstMs: 9 },
      loud: true,
      name: "n",
      tags: ["a", "b"],
    };
    expect(filled(rows, {}, env)).toEqual(said);
    expect(filled(rows, { wait: { firstMs: 2 }, loud: false, retries: 1.9 }, env)).toEqual({
      ...said,
      wait: { firstMs: 2 },
      loud: false,
      retries: 1,
    });
    expect(filled(rows, { wait: undefined, mode: undefined })).toEqual(usual);
  });

  it.each([
    [{ retries: 0 }, {}, "retries must be a number from 1 to 1000000; got 0."],
    [{ threads: 1.5 }, {}, "threads must be a whole number from 1 to 4; got 1.5."],
    [{ threads: 5 }, {}, "threads must be a whole number from 1 to 4; got 5."],
    [{ mode: "slow" }, {}, 'mode must be one of fast, safe; got "slow".'],
    [{ wait: { firstMs: 0 } }, {}, "wait.firstMs must be a number from 1 to 2147483647; got 0."],
    [{}, { RETRIES: "0" }, "RETRIES must be a number from 1 to 1000000; got 0."],
    [{}, { RETRIES: "some" }, 'RETRIES must be a whole number, in digits; got "some".'],
    [{}, { MODE: "slow" }, 'MODE must be one of fast, safe; got "slow".'],
    [
      {},
      { WAIT_MS: "5s" },
      'WAIT_MS must be a whole number of milliseconds, in digits, up to 2147483647; got "5s".',
    ],
    [{}, { LOUD: "yes" }, 'LOUD must be true, 1, false or 0; got "yes". Unset it for the default.'],
  ])("refuses %o with the environment %o", (options, env, message) => {
    expect(() => filled(rows, options, env)).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", message }),
    );
  });
});

describe("the options of a runtime", () => {
  it("[C14 #98] have the defaults of the policy, and make it", () => {
    expect(policyOf(resolveSettings({ env: {} }))).toEqual(defaultPolicy);
    const backoff = { baseMs: 1, maxMs: 2, jitterMs: 3 };
    const given = { reconnect: false, connectTimeoutMs: 4, refusedDelayMs: 5, stableUptimeMs: 6, backoff };
    expect(policyOf(resolveSettings({ env: {}, reconnectGraceMs: 7, ...given }))).toEqual({
      ...defaultPolicy,
      ...given,
      reconnectGraceMs: 7,
    });
  });

  it("go to worker threads, except for those that hold code", () => {
    const code = rowsOf(runtimeOptions).filter(([, { wanted }]) => wanted.includes("function"));
    expect(code.map(([name]) => name)).toEqual(["proxy", "credentials.store", "logger", "inspect", "random"]);
    // An address of a proxy goes, and a function is refused.
    expect(code.filter(([, { staysHere }]) => staysHere === undefined).map(([name]) => name)).toEqual([
      "proxy",
    ]);
    expect(workerOptions({ proxy: "http://p" })).toEqual({ proxy: "http://p" });
    const bound = { env: {}, workers: 2, module: "/m.js", proxy: () => false as const };
    expect(() => resolveSettings(bound)).toThrow(/^proxy cannot be a function with workers/);
    const options = { url: "grpc://h:1", workers: 2, module: "/m.js", random: Math.random, inspect: false };
    expect(workerOptions({ ...options, partitionSize: 3 })).toEqual({ url: "grpc://h:1", partitionSize: 3 });
  });

  it("are numbers or bounds of slots, of which one that is left out gives way to the other", () => {
    const slots = (maxConcurrentRequests: RegistrationOptions["maxConcurrentRequests"], usual = {}) => {
      const own = maxConcurrentRequests === undefined ? {} : { maxConcurrentRequests };
      return limitsOf({ connector: "echo", ...own }, resolveSettings({ env: {}, ...usual }))
        .maxConcurrentRequests;
    };
    expect(slots(undefined)).toBe(100);
    expect(slots("adaptive")).toEqual({ least: 4, most: 100 });
    expect(slots({})).toEqual({ least: 4, most: 100 });
    expect(slots({ least: 500 })).toEqual({ least: 500, most: 500 });
    expect(slots({ most: 2 })).toEqual({ least: 2, most: 2 });
    expect(slots({ least: 1.5, most: 7.9 })).toEqual({ least: 1, most: 7 });
    expect(slots(undefined, { maxConcurrentRequests: "adaptive" })).toEqual({ least: 4, most: 100 });
    expect(slots(5, { maxConcurrentRequests: "adaptive" })).toBe(5);
    expect(slots("adaptive", { maxConcurrentRequests: { least: 7 } })).toEqual({ least: 4, most: 100 });
  });

  it("give way to a registration's own limits, which count as they do", () => {
    const settings = resolveSettings({ env: {}, maxQueuedRequests: 7, maxConcurrentRequests: 2.5 });
    const { requestTimeoutMs } = settings;
    expect(settings.maxConcurrentRequests).toBe(2);
    expect(limitsOf({ connector: "echo", maxConcurrentRequests: 1.5 }, settings)).toEqual({
      maxConcurrentRequests: 1,
      maxQueuedRequests: 7,
      requestTimeoutMs,
    });
  });
});

describe("the compiler", () => {
  interface Options {
    readonly limit?: number;
    readonly name: string;
    readonly group?: { readonly waitMs?: number };
  }
  const limit = countRow({ says, default: 1 });
  const name = textRow({ says, required: true });
  const group = { waitMs: timeRow(0, { says }) };

  it("refuses a table that is not that of the options", () => {
    const tables = [
      { limit, name, group } satisfies Rows<Options, "group">,
      // @ts-expect-error a row is missing
      { limit, name } satisfies Rows<Options, "group">,
      // @ts-expect-error a row is too many
      { limit, name, group, more: limit } satisfies Rows<Options, "group">,
      // @ts-expect-error a row below another option is missing
      { limit, name, group: {} } satisfies Rows<Options, "group">,
      // @ts-expect-error the option is a number
      { limit: textRow({ says }), name, group } satisfies Rows<Options, "group">,
      // @ts-expect-error the option must be given
      { limit, name: textRow({ says }), group } satisfies Rows<Options, "group">,
      // @ts-expect-error the option need not be given
      { limit: countRow({ says, required: true }), name, group } satisfies Rows<Options, "group">,
    ];
    // @ts-expect-error the default is of another type than the option
    const wrongDefault = countRow({ says, default: "1" });
    expect([tables.length, wrongDefault.default]).toEqual([7, "1"]);
  });

  it("knows as settings what has a default, and nothing else", () => {
    const settings = filled(
      { limit, name, group: { waitMs: timeRow(0, { says, default: 3 }) } },
      { name: "n" },
    );
    const known: { readonly limit: number; readonly group: { readonly waitMs: number } } = settings;
    // @ts-expect-error it has no default
    expect([known.group.waitMs, settings.name]).toEqual([3, "n"]);
  });
});
