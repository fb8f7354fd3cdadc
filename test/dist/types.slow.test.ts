/** The declarations as a user's compiler has them: nothing beside them but the package's own dependencies. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

const program = `
import { createRuntime, defineTool, jsonSchema, type Runtime, startInspectorServer, toolConnector } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { registrationMachine, supervisorMachine } from "mooring/machines";
import { startTestBench } from "mooring/testing";
import { ConnectorService, createLeanTransport, parseEndpoint } from "mooring/transport";
import { createActor } from "xstate";

const input = jsonSchema<{ a: number }>({ type: "object" });
const add = defineTool({ name: "add", description: "adds", input, run: ({ a }) => a + 1 });
const runtime: Runtime = createRuntime({ inspect: true });
runtime.add({ instanceId: "i", connector: toolConnector("t", [add]) });
for await (const { key, status } of runtime.changes()) console.log(key, status.counters.requests_failed);
const gateway: Gateway = await startGateway({ approval: "manual" });
const bench = await startTestBench({ registrations: [] });
export const text: string = bench.runtime.explain(gateway.url);
export const state: string = String(createActor(supervisorMachine, { input: { partitionSize: 1 } }).getSnapshot().value);
export const parts = [registrationMachine, ConnectorService, createLeanTransport, parseEndpoint(gateway.url), startInspectorServer];

// @ts-expect-error the declarations know what is no option
createRuntime({ backof: {} });
`;

/** As strict as XState's own declarations allow; Connect's name types of the browser. */
const settings = {
  compilerOptions: {
    target: "ES2022",
    lib: ["ES2023", "DOM"],
    module: "NodeNext",
    types: ["node"],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  },
  files: ["user.ts"],
};

async function userFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mooring-types-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const modules = join(folder, "node_modules");
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  for (const name of [...Object.keys(manifest.dependencies), "@types/node"]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, "node_modules", name), join(modules, name), "junction");
  }
  await cp(join(root, "dist/types"), join(modules, "mooring/dist/types"), { recursive: true });
  await cp(join(root, "package.json"), join(modules, "mooring/package.json"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(settings));
  await writeFile(join(folder, "user.ts"), program);
  return folder;
}

describe("the declarations", () => {
  it("compile in a strict program of a user, library files included", async () => {
    const folder = await userFolder();
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const said = await promisify(execFile)(process.execPath, [compiler, "-p", folder], { cwd: folder }).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(said).toBe("");
  });
});
