/** Servers that others have published, run by their files in node_modules. */
import { realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bridged, newFolder, published } from "./rig.js";

describe("published servers of the Model Context Protocol", () => {
  it("@modelcontextprotocol/server-everything: text, errors, images, structured results", async () => {
    const { call, ask, tools, connector } = await bridged([published("server-everything"), "stdio"]);
    expect(connector.connectorType).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(tools()).toContain("echo");
    expect(await call("echo", { message: "hello" })).toEqual({ text: "Echo: hello" });
    expect(await call("get-sum", { a: 2, b: 3 })).toEqual({ text: expect.stringContaining("5") });
    const wrong = await ask("get-sum", { a: "two", b: 3 });
    expect(wrong.success).toBe(false);
    expect(wrong.error).toMatch(/^Invoke failed: \[\w+\] tool 'get-sum': .*a/s);
    expect(await call("get-tiny-image")).toMatchObject({
      content: [{ type: "image", mimeType: "image/png", data: expect.stringMatching(/^iVBOR/) }],
    });
    expect(await call("get-structured-content", { location: "New York" })).toMatchObject({
      temperature: expect.any(Number),
    });
  });

  it("@modelcontextprotocol/server-memory: keeps what it is told", async () => {
    const file = join(await newFolder(), "memory.json");
    const { call } = await bridged([published("server-memory")], { env: { MEMORY_FILE_PATH: file } });
    const entities = [{ name: "Ada", entityType: "person", observations: ["writes programs"] }];
    await call("create_entities", { entities });
    expect(await call("search_nodes", { query: "Ada" })).toMatchObject({ entities });
  });

  it("@modelcontextprotocol/server-filesystem: reads a folder, and nothing beside it", async () => {
    const folder = await realpath(await newFolder());
    await writeFile(join(folder, "note.txt"), "a note");
    const { call, ask, tools } = await bridged([published("server-filesystem"), folder], {
      tools: ["read_text_file", "list_directory"],
    });
    expect(tools()).toEqual(["read_text_file", "list_directory"]);
    expect(JSON.stringify(await call("read_text_file", { path: join(folder, "note.txt") }))).toContain(
      "a note",
    );
    const refused = await ask("read_text_file", { path: "/etc/hostname" });
    expect(refused).toMatchObject({ success: false, error: expect.stringContaining("[TOOL_FAILED]") });
    const notServed = await ask("write_file", { path: join(folder, "x"), content: "x" });
    expect(notServed).toMatchObject({ success: false, error: expect.stringContaining("[UNKNOWN_TOOL]") });
  });
});
