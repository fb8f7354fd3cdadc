import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineTool, jsonSchema, runConnector, runTool, serveStatic } from "mooring";
import { testTool } from "mooring/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";

const tool = (name: string) =>
  defineTool({ name, description: name, input: jsonSchema({ type: "object" }), run: () => ({}) });

const refusal = (words: string) => ({ code: "INVALID_CONFIG", message: expect.stringContaining(words) });

describe("a program in one call refuses", () => {
  it.each([
    [{ ulr: "x" }, 'ulr is no option of runConnector(); did you mean "url"?'],
    [{ health: 70_000 }, "health must be"],
    [{ healthHost: "0.0.0.0" }, "healthHost says where health listens: give health"],
    [{ drainDeadlineMs: -1 }, "drainDeadlineMs must be"],
    [{ runtime: { backof: {} } }, 'backof is no option of createRuntime(); did you mean "backoff"?'],
    [{ url: "ftp://x" }, "ftp"],
  ])("%j", async (options, words) => {
    await expect(runConnector(echo, options as object)).rejects.toMatchObject(refusal(words));
  });

  it("no connector at all", async () => {
    await expect(runConnector([])).rejects.toMatchObject(refusal("connectors is empty"));
  });

  it("what is no connector, by its place", async () => {
    for (const nothing of [undefined, null, 5, {}])
      await expect(runConnector(nothing as never)).rejects.toMatchObject(
        refusal("connectors must be a connector"),
      );
    await expect(runConnector([echo, undefined as never])).rejects.toMatchObject(
      refusal("connectors[1] must be a connector"),
    );
  });

  it("no tools, and what is none", async () => {
    await expect(runTool([])).rejects.toMatchObject(refusal("tools is empty: give at least one"));
    await expect(runTool(undefined as never)).rejects.toMatchObject(refusal("tools is no tool"));
    await expect(runTool([tool("a"), null as never])).rejects.toMatchObject(refusal("tools[1] is no tool"));
    expect(() => testTool(undefined as never)).toThrow("tool is no tool");
  });

  it("several tools without a type", async () => {
    await expect(runTool([tool("a"), tool("b")])).rejects.toMatchObject(refusal("type is required"));
  });

  it("an option of another call", async () => {
    await expect(runTool(tool("a"), { spaFallback: true } as object)).rejects.toMatchObject(
      refusal("spaFallback is no option of runTool()"),
    );
  });

  it("a folder that is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mooring-static-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await expect(serveStatic(join(folder, "none"))).rejects.toMatchObject(refusal("is none. Build the app"));
    for (const nothing of [undefined, ""])
      await expect(serveStatic(nothing as never)).rejects.toMatchObject(refusal("folder must be the path"));
    await expect(serveStatic(5 as never)).rejects.toMatchObject(refusal("static must be the path"));
  });
});
