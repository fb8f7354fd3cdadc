/** Requests of many forms and numbers, over a real stream: what goes in comes out, for the caller who asked. */
import { requestResponseConnector, ToolError } from "mooring";
import { startTestBench } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { withResolvers } from "../../src/with-resolvers.js";
import { echo, gated } from "../support/connectors.js";

const registered = (instanceId: string, connector = echo) => ({ tenantId: "t", instanceId, connector });

const nested = (depth: number): unknown =>
  Array.from({ length: depth }).reduce<unknown>((inner, _, i) => (i % 2 ? { inner } : [inner]), "deep");

const values: readonly (readonly [what: string, value: unknown])[] = [
  ["a small object", { a: 1 }],
  ["1 KiB", "x".repeat(1024)],
  ["100 KiB", "x".repeat(100 * 1024)],
  ["1 MiB", "x".repeat(1024 * 1024)],
  ["an empty object", {}],
  ["an empty list", []],
  ["an empty text", ""],
  ["null", null],
  ["letters of many scripts", 'Zürich, Αθήνα, 東京, עברית, 👩‍🚀, \u0000, \u2028, quotes " and \\'],
  ["names of every object's own", JSON.parse('{"__proto__":1,"constructor":2,"":3}')],
  ["numbers at their ends", [0, -1, 1e-7, 5e-324, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER]],
  ["a hundred levels", nested(100)],
];

describe("a request's value", () => {
  it("[C16 #74] comes back as it went: sizes, letters, depths", async () => {
    await using bench = await startTestBench({ registrations: [registered("a")] });
    for (const [what, payload] of values)
      expect((await bench.gateway.execute("t.echo_test.a", { payload })).json(), what).toEqual(payload);
  });

  it("[C16 #74] goes to the capability that it names", async () => {
    const named = requestResponseConnector({
      type: "echo_test",
      version: "1.0.0",
      execute: ({ capabilityId }) => capabilityId ?? "none",
    });
    await using bench = await startTestBench({ registrations: [registered("a", named)] });
    const ask = async (capabilityId?: string) =>
      (
        await bench.gateway.execute("t.echo_test.a", {
          payload: {},
          ...(capabilityId ? { capabilityId } : {}),
        })
      ).json();
    expect([await ask("one"), await ask("two"), await ask()]).toEqual(["one", "two", "none"]);
  });
});

describe("many requests at once", () => {
  it.each([10, 50, 60, 100])("[C16 #75] %i keep who asked what, whoever is answered first", async (count) => {
    const turns = Array.from({ length: count }, () => withResolvers<void>());
    let here = 0;
    const { promise: all, resolve } = withResolvers<void>();
    const backwards = requestResponseConnector({
      type: "echo_test",
      version: "1.0.0",
      execute: async (request) => {
        const n = request.json() as number;
        here += 1;
        if (here === count) resolve();
        await turns[n]?.promise;
        return { n };
      },
    });
    await using bench = await startTestBench({ registrations: [registered("a", backwards)] });
    const answers = turns.map((_, payload) => bench.gateway.execute("t.echo_test.a", { payload }));
    await all;
    for (const turn of turns.toReversed()) turn.resolve();
    expect((await Promise.all(answers)).map((answer) => answer.json())).toEqual(turns.map((_, n) => ({ n })));
  });

  it("[C16 #75] that take long hold up none that are quick", async () => {
    const slow = gated();
    await using bench = await startTestBench({
      registrations: [registered("s", slow.connector), registered("q")],
    });
    const waiting = Array.from({ length: 10 }, (_, payload) =>
      bench.gateway.execute("t.gated.s", { payload }),
    );
    await slow.started(10);
    for (let payload = 0; payload < 10; payload += 1)
      expect((await bench.gateway.execute("t.echo_test.q", { payload })).json()).toBe(payload);
    slow.release();
    expect((await Promise.all(waiting)).map((answer) => answer.json())).toEqual(waiting.map((_, n) => n));
  });
});

describe("requests that fail", () => {
  it("[C16 #76] ten in a row are told each, and the next is answered", async () => {
    const moody = requestResponseConnector({
      type: "echo_test",
      version: "1.0.0",
      execute: (request) => {
        const value = request.json();
        if (value === "fail") throw new ToolError("NO", "not this one");
        return value;
      },
    });
    await using bench = await startTestBench({ registrations: [registered("a", moody)] });
    for (let i = 0; i < 10; i += 1)
      expect(await bench.gateway.execute("t.echo_test.a", { payload: "fail" })).toMatchObject({
        success: false,
        error: "not this one",
      });
    expect((await bench.gateway.execute("t.echo_test.a", { payload: "go" })).json()).toBe("go");
  });

  it("[C16 #76] a time limit that is short is over, and the connector goes on", async () => {
    const slow = gated();
    const limited = { ...slow.connector, timeoutMs: 1 };
    await using bench = await startTestBench({
      registrations: [registered("a", limited), registered("b")],
    });
    const answer = await bench.gateway.execute("t.gated.a", { payload: 1 });
    expect(answer.success).toBe(false);
    expect(answer.error).toContain("1 ms");
    slow.release();
    expect((await bench.gateway.execute("t.echo_test.b", { payload: 2 })).json()).toBe(2);
  });
});

describe("several connectors", () => {
  it("[C16 #73] answer each for itself: one that has stopped takes no other with it, and comes back", async () => {
    await using bench = await startTestBench({ registrations: [registered("a"), registered("b")] });
    const { gateway, runtime } = bench;
    await runtime.registration("t.echo_test.a").remove();
    expect((await gateway.execute("t.echo_test.b", { payload: "b" })).json()).toBe("b");
    runtime.add(registered("a"));
    await runtime.start();
    expect((await gateway.execute("t.echo_test.a", { payload: "a" })).json()).toBe("a");
  });

  it("[C16 #78] are asked at once by one of them, and what they answer is gathered", async () => {
    const gathering = requestResponseConnector({
      type: "gather",
      version: "1.0.0",
      execute: (request, { invoke }) =>
        Promise.all(["a", "b"].map((to) => invoke(`t.echo_test.${to}`, "", { to, asked: request.json() }))),
    });
    await using bench = await startTestBench({
      registrations: [registered("a"), registered("b"), registered("g", gathering)],
    });
    expect((await bench.gateway.execute("t.gather.g", { payload: 7 })).json()).toEqual([
      { to: "a", asked: 7 },
      { to: "b", asked: 7 },
    ]);
  });
});
