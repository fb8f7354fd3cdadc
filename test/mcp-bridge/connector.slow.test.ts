import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { mcpConnector } from "mooring/mcp";
import { describe, expect, it } from "vitest";
import { bridged, double, newFolder } from "./rig.js";

describe("the tools of an MCP server", () => {
  it("are described with their schemas and hints, under the server's name", async () => {
    const { connector, gateway, call } = await bridged([double]);
    expect(connector).toMatchObject({ connectorType: "the-double-1", version: "7.0.0", timeoutMs: 60_000 });
    const schemas = JSON.parse(connector.metadata.tool_schemas ?? "");
    expect(schemas[0]).toMatchObject({
      name: "say",
      description: "Says it",
      annotations: { readOnlyHint: true },
      parameters: { type: "object", properties: { words: { type: "string" } }, required: ["words"] },
    });
    expect(schemas.every((one: { description: string }) => one.description !== "")).toBe(true);
    expect(gateway.registrations()).toHaveLength(1);
    expect(await call("say", { words: "hello" })).toEqual({ text: "hello" });
    expect(await call("pid")).toEqual({ pid: expect.any(Number) });
    expect(await call("look")).toEqual({
      text: "a picture",
      content: [{ type: "image", mimeType: "image/png", data: "AQID" }],
    });
  });

  it("fail with a code: the tool's failure, bad arguments, an unknown name", async () => {
    const { ask } = await bridged([double]);
    expect((await ask("fail")).error).toBe("Invoke failed: [TOOL_FAILED] tool 'fail': no such page");
    expect((await ask("say", { words: 7 })).error).toContain("tool 'say'");
    expect((await ask("say", [1])).error).toContain("[INVALID_PARAMS]");
    expect((await ask("nothing")).error).toContain("[UNKNOWN_TOOL]");
  });

  it("tell the log how far they are, and what their server writes", async () => {
    const { call, lines } = await bridged([double]);
    const stepping = call("step");
    const told = '"tool":"step","progress":1,"total":2,"message":"half"';
    await expect.poll(() => lines.some((line) => line.includes(told))).toBe(true);
    await call("go");
    expect(await stepping).toEqual({ text: "done" });
  });

  it("are cancelled with their request, and the server goes on", async () => {
    const { ask, call, lines, connector } = await bridged([double], { timeoutMs: 1_500 });
    expect(connector.timeoutMs).toBe(1_500);
    const answer = await ask("wait");
    expect(answer.success).toBe(false);
    await expect.poll(() => lines.some((line) => line.includes('"cancelled"'))).toBe(true);
    expect(await call("say", { words: "still here" })).toEqual({ text: "still here" });
    expect(connector.blocked?.()).toBeUndefined();
  });

  it("are told anew to the gateway when their list changes", async () => {
    const { call, tools } = await bridged([double]);
    expect(tools()).not.toContain("grown");
    await call("grow");
    await expect.poll(tools).toContain("grown");
    expect(await call("grown")).toEqual({ text: "new" });
  });
});

describe("an MCP server that dies", () => {
  it("fails what it had, is started again, and serves as before", async () => {
    const { ask, call, connector } = await bridged([double]);
    const { pid: before } = (await call("pid")) as { pid: number };
    expect((await ask("die")).error).toContain("[UNAVAILABLE] tool 'die': the MCP server went away");
    await expect.poll(() => connector.blocked?.()).toBeUndefined();
    const { pid: after } = (await call("pid")) as { pid: number };
    expect(after).not.toBe(before);
  });

  it("says so to callers and in the status while it is down", async () => {
    const file = join(await newFolder(), "started");
    const { ask, connector, runtime, key } = await bridged([double, "once", file]);
    await ask("die");
    await expect.poll(() => connector.blocked?.()).toContain("is not there: it");
    expect((await ask("say", { words: "x" })).error).toContain(
      "[UNAVAILABLE] tool 'say': the MCP server is not there",
    );
    expect(runtime.explain(key)).toContain("MCP server");
    await connector.close();
    expect(connector.blocked?.()).toBe("the MCP server is closed");
  });

  it("counts as dead when it hangs", async () => {
    const { ask, call, connector } = await bridged([double], { timeoutMs: 500 });
    await ask("hang");
    await expect.poll(() => connector.blocked?.()).toContain("does not answer any more");
    await expect.poll(() => connector.blocked?.()).toBeUndefined();
    expect(await call("say", { words: "again" })).toEqual({ text: "again" });
  });

  it("is refused with its reason when it does not start", async () => {
    const command = process.execPath;
    await expect(mcpConnector({ command: "no-such-program-here" })).rejects.toMatchObject({
      code: "CONNECTION_ERROR",
      message: expect.stringContaining("no-such-program-here"),
    });
    await expect(mcpConnector({ command, args: [double, "dies"] })).rejects.toThrow(
      "does not serve: its process ended with exit code 3.",
    );
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    other.close();
    await once(other, "close");
    await expect(mcpConnector({ url: `http://127.0.0.1:${port}/mcp` })).rejects.toThrow("(ECONNREFUSED)");
    // A port that fetch asks nobody at.
    await expect(mcpConnector({ url: "http://127.0.0.1:9/mcp" })).rejects.toThrow("(bad port)");
    await expect(mcpConnector({ command, args: [double, "never"], startTimeoutMs: 300 })).rejects.toThrow(
      /did not tell its tools in time/,
    );
  });
});

describe("bad options of mcpConnector", () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{}, /either command or url/],
    [{ command: "a", url: "http://localhost/" }, /either command or url/],
    [{ command: " " }, /command is empty/],
    [{ url: "nowhere" }, /url must be an address/],
    [{ url: "http://me:secret@localhost/" }, /headers\.authorization/],
    [{ url: "http://example.com/", headers: { authorization: "Bearer x" } }, /https:\/\//],
    [{ url: "http://localhost/", args: ["x"] }, /args goes with command/],
    [{ command: "a", headers: { a: "b" } }, /headers go with url/],
    [{ command: "a", timeoutMs: 0 }, /timeoutMs/],
    [{ comand: "a" }, /did you mean "command"/],
  ];
  it.each(cases)("%j", async (options, message) => {
    await expect(mcpConnector(options)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringMatching(message),
    });
  });
});
