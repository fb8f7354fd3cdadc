/** Texts with half a character, which UTF-8 cannot hold: two of them would share a file and a key. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, requestResponseConnector } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { fileNameOf } from "../../src/credentials/file-names.js";
import { createFileStore } from "../../src/credentials/file-store.js";
import { echo } from "../support/connectors.js";

const halves = ["a\ud800b", "\udc00", "x\udbff"];
const one = { tenantId: "t", instanceId: "one", connector: echo };

function runtimeWith(env: Record<string, string> = {}) {
  const runtime = createRuntime({ url: "grpc://127.0.0.1:1", env });
  onTestFinished(() => runtime.close());
  return runtime;
}

describe("half a character", () => {
  it.each(halves)("is refused in every text of a registration, by its name: %j", (half) => {
    const runtime = runtimeWith();
    for (const field of ["tenantId", "instanceId", "displayName", "authToken"])
      expect(() => runtime.add({ ...one, [field]: half })).toThrow(new RegExp(`${field}.*half a character`));
    expect(() => runtime.add({ ...one, tags: ["whole", half] })).toThrow(/tags.*half a character/);
    expect(() => runtime.add({ ...one, metadata: { a: half } })).toThrow(/metadata.*half a character/);
    expect(() => runtime.add({ ...one, metadata: { [half]: "a" } })).toThrow(/metadata.*half a character/);
    expect(() => requestResponseConnector({ type: half, handle: () => ({}) } as never)).toThrow(/type.*half/);
    expect(() => runtime.add({ ...one, connector: { ...echo, connectorType: half } })).toThrow(
      /connectorType.*half a character/,
    );
    expect(() => runtime.add({ ...one, tenantId: "whole \ud83d\ude42" })).not.toThrow();
  });

  it.each([...halves, "\ufffd"])("is refused in the identity that the environment gives: %j", (half) => {
    const { tenantId: _, ...without } = one;
    expect(() => runtimeWith({ TENANT_ID: half }).add(without)).toThrow(
      /(tenantId|TENANT_ID).*half a character/,
    );
    const nameless = { tenantId: "t", connector: echo };
    expect(() => runtimeWith({ INSTANCE_ID: half }).add(nameless)).toThrow(
      /(instanceId|INSTANCE_ID).*half a character/,
    );
  });

  it.each(halves)("names no file: %j", async (half) => {
    const directory = await mkdtemp(join(tmpdir(), "mooring-half-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const identity = { tenantId: "t", connectorType: half, instanceId: "i" };
    await expect(createFileStore({ directory }).load(identity)).rejects.toThrow(/connectorType.*half/);
  });

  it("composed and decomposed letters are two identities with two files", () => {
    const named = (instanceId: string) => fileNameOf({ tenantId: "t", connectorType: "c", instanceId });
    expect(named("\u00e9")).not.toBe(named("e\u0301"));
  });

  it.each(["clients", "one-time-tokens"])("is refused by the gateway's API: %s", async (route) => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.close());
    const body = { tenantId: "t", connectorType: "c", instanceId: "i" };
    for (const field of Object.keys(body)) {
      const answer = await fetch(`${gateway.httpUrl}/api/${route}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...body, [field]: "a\ud800" }),
      });
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain(field);
    }
  });
});
