/** The built `mooring mcp-serve`, asked by a client of the protocol's own library. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, it, onTestFinished } from "vitest";
import { runCommand } from "../support/run-command.js";
import { bridged } from "./rig.js";

const main = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const offered = fileURLToPath(new URL("offered.mjs", import.meta.url));

async function clientOf(revision: "2025-11-25" | "2026-07-28") {
  const mode = revision === "2025-11-25" ? "legacy" : { pin: revision };
  const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode } });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, "mcp-serve", offered],
    stderr: "pipe",
  });
  const written: string[] = [];
  (transport.stderr as Readable).on("data", (data) => void written.push(String(data)));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return { client, stderr: () => written.join("") };
}

describe.each(["2025-11-25", "2026-07-28"] as const)("mooring mcp-serve, revision %s", (revision) => {
  it("offers the tools with their schemas, and answers calls", async () => {
    const { client } = await clientOf(revision);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(["add", "say", "refuse", "wait", "slow"]);
    expect(tools[0]).toMatchObject({
      inputSchema: { required: ["a", "b"] },
      outputSchema: { required: ["sum"] },
    });
    expect(await client.callTool({ name: "add", arguments: { a: 2, b: 3 } })).toMatchObject({
      content: [{ type: "text", text: '{"sum":5}' }],
      structuredContent: { sum: 5 },
    });
    expect(await client.callTool({ name: "say" })).toMatchObject({
      content: [{ type: "text", text: "words" }],
    });
  });

  it("tells failures by their code", async () => {
    const { client } = await clientOf(revision);
    const refused = await client.callTool({ name: "refuse" });
    expect(refused).toMatchObject({
      isError: true,
      content: [{ type: "text", text: "[TOO_LATE] the shop is closed" }],
      structuredContent: { code: "TOO_LATE", message: "the shop is closed" },
    });
    const wrong = await client.callTool({ name: "add", arguments: { a: "two" } });
    expect(wrong).toMatchObject({ isError: true, structuredContent: { code: "INVALID_PARAMS" } });
    const late = await client.callTool({ name: "slow" });
    expect(late).toMatchObject({ isError: true, structuredContent: { code: "TIMEOUT" } });
    await expect(client.callTool({ name: "nothing" })).rejects.toThrow(/no such tool/);
  });

  it("passes progress on to the client, and the client's cancellation to the tool", async () => {
    const { client, stderr } = await clientOf(revision);
    const cancel = new AbortController();
    const heard: unknown[] = [];
    const call = client.callTool(
      { name: "wait" },
      {
        signal: cancel.signal,
        onprogress: (progress) => {
          heard.push(progress);
          cancel.abort();
        },
      },
    );
    await expect(call).rejects.toThrow();
    expect(heard).toEqual([expect.objectContaining({ progress: 1, total: 2, message: "half" })]);
    await expect.poll(stderr).toContain("cancelled");
  });
});

describe("mooring mcp-serve", () => {
  it("is served back by mcpConnector: codes and results stay as they are", async () => {
    const { call, ask } = await bridged([main, "mcp-serve", offered]);
    expect(await call("add", { a: 1, b: 2 })).toEqual({ sum: 3 });
    expect((await ask("refuse")).error).toBe("Invoke failed: [TOO_LATE] tool 'refuse': the shop is closed");
  });

  it("refuses a module without tools, and two tools of one name", async () => {
    const folder = await mkdtemp(fileURLToPath(new URL("../../build/mcp-serve-", import.meta.url)));
    onTestFinished(() => rm(folder, { recursive: true }));
    const refused = async (code: string) => {
      const file = `${folder}/${code.length}.mjs`;
      await writeFile(file, code);
      return runCommand(["mcp-serve", file], {});
    };
    const begin =
      'import { defineTool, jsonSchema, requestResponseConnector, toolConnector } from "mooring";\n';
    const echo = 'requestResponseConnector({ type: "e", version: "1", execute: (r) => r.json() })';
    expect(await refused(`${begin}export default ${echo};`)).toMatchObject({
      code: 1,
      output: expect.stringContaining("None of the connectors has tools"),
    });
    const tool =
      'defineTool({ name: "x", description: "x", input: jsonSchema({ type: "object" }), run: () => 1 })';
    const twice = `${begin}const t = ${tool};\nexport const a = toolConnector("a", [t]);\nexport const b = toolConnector("b", [t]);`;
    expect(await refused(twice)).toMatchObject({
      code: 1,
      output: expect.stringContaining('Two tools are called "x" (of "a" and "b")'),
    });
  });
});
