/** Every public object of options: a misspelt name is refused with the one that was meant. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  createRuntime,
  defineTool,
  jsonSchema,
  requestResponseConnector,
  startInspectorServer,
  threadConnector,
  toolConnector,
} from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { nearestName } from "../../src/options/nearest-name.js";
import { loadModule } from "../../src/workers/load-module.js";
import { echo } from "../support/connectors.js";
import { quietFeed } from "../support/quiet-feed.js";

/** Misspelt on purpose. */
const wrong = (options: object) => options as never;

const tool = { name: "t", description: "d", input: jsonSchema({ type: "object" }), run: () => 1 };

async function gateway(act: (gateway: Gateway) => unknown): Promise<unknown> {
  const started = await startGateway();
  onTestFinished(() => started.close());
  return act(started);
}

function runtime(act: (runtime: ReturnType<typeof createRuntime>) => unknown): unknown {
  const made = createRuntime({ env: {} });
  onTestFinished(() => made.close());
  return act(made);
}

describe("a misspelt option", () => {
  it.each<readonly [string, string, () => unknown]>([
    ["ulr", "url", () => createRuntime(wrong({ ulr: "localhost" }))],
    [
      "heartbeat.intervalMS",
      "heartbeat.intervalMs",
      () => createRuntime(wrong({ heartbeat: { intervalMS: 1 } })),
    ],
    ["tls.cafile", "tls.caFile", () => createRuntime(wrong({ tls: { cafile: "x" } }))],
    ["tenantID", "tenantId", () => runtime((one) => one.add(wrong({ tenantID: "t", connector: echo })))],
    ["tga", "tags", () => runtime((one) => one.add(wrong({ tga: [], connector: echo })))],
    ["timeoutMS", "timeoutMs", () => runtime((one) => one.start(wrong({ timeoutMS: 1 })))],
    ["deadlineMS", "deadlineMs", () => runtime((one) => one.drain(wrong({ deadlineMS: 1 })))],
    ["folds", "fold", () => runtime((one) => one.changes(wrong({ folds: true })))],
    ["al", "all", () => runtime((one) => one.explain("a.b.c", wrong({ al: true })))],
    ["rnu", "run", () => defineTool(wrong({ ...tool, rnu: () => 1 }))],
    ["timeOutMs", "timeoutMs", () => toolConnector("t", [defineTool(tool)], wrong({ timeOutMs: 1 }))],
    [
      "verison",
      "version",
      () => requestResponseConnector(wrong({ type: "a", verison: "1", execute: () => 1 })),
    ],
    ["connectortype", "connectorType", () => threadConnector(wrong({ connectortype: "a" }))],
    ["prot", "port", () => startInspectorServer(wrong({ prot: 1, feed: quietFeed(), status: () => 1 }))],
    ["aproval", "approval", () => startGateway(wrong({ aproval: "manual" }))],
    ["tls.crt", "tls.cert", () => startGateway(wrong({ tls: { crt: "x" } }))],
    ["registartions", "registrations", () => startTestBench(wrong({ registartions: [] }))],
    ["payloda", "payload", () => gateway((one) => one.execute("a.b.c", wrong({ payloda: 1 })))],
    ["downMS", "downMs", () => gateway((one) => one.restart(wrong({ downMS: 1 })))],
    [
      "tenantid",
      "tenantId",
      () => gateway((one) => one.issueOneTimeToken(wrong({ tenantid: "t", connectorType: "c" }))),
    ],
    [
      "publickey",
      "publicKey",
      () => gateway((one) => one.registerClient(wrong({ identity: {}, publickey: "" }))),
    ],
    [
      "identity.tenant",
      "identity.tenantId",
      () => gateway((one) => one.registerClient(wrong({ identity: { tenant: "t" } }))),
    ],
    ["otp", "ott", () => gateway((one) => one.issueCredentials("a.b.c", wrong({ otp: "x" })))],
  ])("%s is refused: %s was meant", async (name, meant, act) => {
    const error = await (async () => act())().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "INVALID_CONFIG" });
    const { message } = error as Error;
    expect(message.startsWith(`${name} is no option of `)).toBe(true);
    // A short form is no misspelling: then all names are listed.
    expect(message).toMatch(new RegExp(`did you mean "${meant}"|known are .*${meant}`));
  });

  it("is found though two neighbouring letters are swapped in a short name", () => {
    expect(nearestName("ulr", ["tls", "url", "env"])).toBe("url");
    expect(nearestName("prot", ["host", "port"])).toBe("port");
    expect(nearestName("enc", ["url", "env"])).toBe("env");
    expect(nearestName("xyz", ["url", "tls", "env"])).toBeUndefined();
  });

  it("in an export of a module is not passed over", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mooring-misspelt-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "module.mjs");
    const connector = '{ connectorType: "a", execute() {} }';
    await writeFile(file, `export const one = { connecter: ${connector}, instanceId: "1" };`);
    await expect(loadModule(pathToFileURL(file).href)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining('connecter; did you mean "connector"?'),
    });
  });
});
