/** Servers that speak streamable HTTP, as a connector. */
import { mcpConnector } from "mooring/mcp";
import { describe, expect, it } from "vitest";
import { type HttpDoubleOptions, httpDouble, type Revision } from "./http-double.js";
import { bridged } from "./rig.js";

const revisions: readonly Revision[] = ["2025-11-25", "2026-07-28"];
const both = revisions.flatMap((revision) =>
  (["json", "events"] as const).map((answers): HttpDoubleOptions => ({ revision, answers })),
);

async function overHttp(options: HttpDoubleOptions, more = {}) {
  const double = await httpDouble(options);
  return { double, ...(await bridged([], { url: double.url, ...more })) };
}

describe.each(both)("an MCP server over HTTP, revision $revision, answers in $answers", (options) => {
  it("is served as a connector, in one session where there are sessions", async () => {
    const { double, call, ask, tools, connector } = await overHttp(options);
    expect(connector).toMatchObject({ connectorType: "over-http", version: "1.0.0" });
    expect(tools()).toContain("say");
    expect(await call("say", { words: "hello" })).toEqual({ text: "hello" });
    expect((await ask("say", { words: 7 })).error).toContain("tool 'say'");
    expect(double.sessions()).toHaveLength(options.revision === "2025-11-25" ? 1 : 0);
    const last = double.asked.at(-1)?.headers;
    expect(last?.["mcp-protocol-version"]).toBe(options.revision);
    expect(last?.["mcp-session-id"]).toBe(double.sessions()[0]);
  });

  it("gets the header fields of the user, which nothing else says", async () => {
    const secret = "planted-secret-of-mcp";
    const authorization = `Bearer ${secret}`;
    const { double, call, lines, runtime, key, connector } = await overHttp(
      { ...options, authorization },
      { headers: { authorization } },
    );
    expect(await call("say", { words: "let in" })).toEqual({ text: "let in" });
    expect(double.asked.every(({ headers }) => headers.authorization === authorization)).toBe(true);
    await double.stop();
    await call("say", { words: "too late" }).catch(() => undefined);
    const told = [lines, runtime.status(), runtime.explain(key), connector.blocked?.(), connector.metadata];
    expect(JSON.stringify(told)).not.toContain(secret);
  });

  it("cancels what is given up", async () => {
    const { double, call, ask } = await overHttp(options, { timeoutMs: 500 });
    expect((await ask("wait")).success).toBe(false);
    await expect.poll(() => double.happened).toContain("cancelled");
    expect(await call("say", { words: "still here" })).toEqual({ text: "still here" });
  });

  it("is described anew when its list of tools changes", async () => {
    const { call, tools } = await overHttp(options);
    expect(tools()).not.toContain("grown");
    await call("grow");
    await expect.poll(tools).toContain("grown");
    expect(await call("grown")).toEqual({ text: "new" });
  });

  it("is found again after its restart, by the same connector", async () => {
    const { double, ask, call, connector, runtime, key, gateway } = await overHttp(options);
    const before = double.sessions()[0];
    await double.stop();
    expect((await ask("say", { words: "x" })).error).toContain("[UNAVAILABLE] tool 'say'");
    await expect.poll(() => connector.blocked?.()).toContain("the MCP server is not there");
    expect(runtime.explain(key)).toContain("MCP server");
    await double.start();
    await expect.poll(() => connector.blocked?.(), { timeout: 10_000 }).toBeUndefined();
    expect(await call("say", { words: "again" })).toEqual({ text: "again" });
    expect(gateway.registrations()).toHaveLength(1);
    if (before !== undefined) expect(double.sessions()).not.toContain(before);
  });

  it("fails a call whose connection is cut, without waiting for its time limit", async () => {
    const { double, ask } = await overHttp(options);
    const waiting = ask("wait");
    await expect.poll(() => double.happened).toContain("waiting");
    await double.stop();
    expect((await waiting).error).toContain("[UNAVAILABLE] tool 'wait'");
  });
});

describe.each(revisions)("an MCP server over HTTP that answers in events, revision %s", (revision) => {
  it("tells the log how far a call is", async () => {
    const { call, lines } = await overHttp({ revision, answers: "events" });
    const stepping = call("step");
    const told = '"tool":"step","progress":1,"total":2,"message":"half"';
    await expect.poll(() => lines.some((line) => line.includes(told))).toBe(true);
    await call("go");
    expect(await stepping).toEqual({ text: "done" });
  });

  it("tells its new tools after a restart, though nobody has called", async () => {
    const { double, call, tools } = await overHttp({ revision, answers: "events" });
    await double.stop();
    double.grow();
    await double.start();
    await expect.poll(tools, { timeout: 20_000 }).toContain("grown");
    expect(await call("grown")).toEqual({ text: "new" });
    await call("grow");
    await expect.poll(tools).toContain("grown-more");
  });
});

describe.each(["json", "events"] as const)(
  "a session that the server has forgotten, answers in %s",
  (answers) => {
    it("is replaced by a new one, in which the call is made that met it", async () => {
      const { double, call, tools } = await overHttp({ revision: "2025-11-25", answers });
      const [before] = double.sessions();
      double.forget();
      expect(await call("say", { words: "once" })).toEqual({ text: "once" });
      expect(double.happened.filter((one) => one === "said once")).toHaveLength(1);
      expect(double.sessions()).toHaveLength(1);
      expect(double.sessions()).not.toContain(before);
      await call("grow");
      await expect.poll(tools).toContain("grown");
    });

    it("is ended with its connector", async () => {
      const { double, connector } = await overHttp({ revision: "2025-11-25", answers });
      expect(double.sessions()).toHaveLength(1);
      await connector.close();
      expect(double.sessions()).toEqual([]);
    });
  },
);

describe("an MCP server over HTTP that refuses", () => {
  it("is named with its reason and without the header fields", async () => {
    const double = await httpDouble({
      revision: "2026-07-28",
      answers: "json",
      authorization: "Bearer planted-secret-of-server",
    });
    const refused = mcpConnector({
      url: double.url,
      headers: { authorization: "Bearer planted-secret-wrong" },
    });
    await expect(refused).rejects.toMatchObject({
      code: "CONNECTION_ERROR",
      message: expect.stringMatching(/^The MCP server http:\/\/127\.0\.0\.1:\d+ does not serve: /),
    });
    await expect(refused).rejects.not.toThrow(/planted-secret/);
  });
});
