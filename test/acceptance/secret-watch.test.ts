import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRuntime, MooringError, requestResponseConnector } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { CredentialError } from "../../src/credentials/credentials.js";
import { ModeWatch } from "../../src/credentials/private-files.js";
import { OneTimeTokens } from "../../src/gateway/one-time-tokens.js";
import { StatelyMessages } from "../../src/inspect/stately.js";
import { silentLogger } from "../../src/logger.js";
import type { Entry } from "../../src/recording/entry.js";
import { Journal } from "../../src/runtime/journal.js";
import { Secret } from "../../src/secret.js";
import { serving, untilStatus } from "../support/until.js";

const marker = ["planted", "secret", "7"].join("-");
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Logs a path that has the text in it. */
async function logPath(text: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `${text}-`));
  onTestFinished(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o755);
  await new ModeWatch(silentLogger).check(folder);
}

const note = (detail: string) => new Journal().add({ at: 0, kind: "note", state: "streaming", detail });

const entry = (type: string): Entry => ({
  number: 1,
  actor: { number: 1, chart: "supervisor", key: "", parent: null },
  at: 0,
  event: { type },
  after: { status: "active", state: "idle", context: {}, children: [], history: {} },
  sent: [],
  drawn: [],
  taken: [],
  asked: [],
  bytes: 0,
});

describe("the watch for secrets", () => {
  it.each<[string, () => unknown]>([
    ["log line", () => logPath(marker)],
    ["journal", () => note(`because of ${marker}`)],
    ["error", () => new MooringError("INTERNAL", marker)],
    ["error", () => new CredentialError({ cause: "credentials-refused", detail: marker })],
    ["inspector message", () => new StatelyMessages(() => {}).take(entry(marker))],
    [
      "output of a child process",
      () => once(spawn(process.execPath, ["-e", `console.error("${marker}")`]), "close"),
    ],
  ])("sees one in: %s", async (where, leak) => {
    await leak();
    expect(secretWatch.take()[0]).toEqual({ where, what: "a planted secret" });
    secretWatch.take();
  });

  it.each([
    ["a private key", `{"pem":"-----BEGIN PRIVATE KEY-----\\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0w"}`],
    [
      "a token (base64url of a JSON object)",
      `Bearer ${Buffer.from('{"alg":"ES256","typ":"JWT"}').toString("base64url")}`,
    ],
    ["a secret of the code under test", `is ${new Secret("said-by-nobody").reveal()}.`],
    [
      "a secret of the code under test",
      new OneTimeTokens().issue({ tenantId: "t", connectorType: "c", instanceId: "i" }).token,
    ],
  ])("knows %s by itself", (what, text) => {
    note(text);
    expect(secretWatch.take()).toEqual([{ where: "journal", what }]);
  });

  it("looks again at a text that was clean before it was known as a secret", () => {
    const text = ["made", "later", "on"].join("-of-");
    note(text);
    expect(secretWatch.take()).toEqual([]);
    secretWatch.plant(text);
    note(text);
    expect(secretWatch.take()).toEqual([{ where: "journal", what: "a secret of the code under test" }]);
  });

  it("lets everything else pass", () => {
    note("Only a key that begins with -----BEGIN PRIVATE KEY----- is read; eyJ begins a token.");
    note("0b9c1f4e-77aa-4c2e-9f00-000000000000 matrix:t:c:i http://127.0.0.1:50061/realms/r");
    // Random values of an address may begin as a token does.
    note("/auth?state=eyJrKQx0uVb3m9Zt7cW1fPa8sLd2hGnYoE5iR6jTqXk&nonce=0-eyJ7hN_4vBz-wK1mQpS8dTg");
    expect(secretWatch.take()).toEqual([]);
  });

  it("finds one in errors, causes, maps, sets, bytes and names of members", () => {
    const inside = [
      new Error("x", { cause: new Error(marker) }),
      new Map([["k", marker]]),
      new Set([marker]),
      new TextEncoder().encode(marker),
      { [marker]: 1 },
      [[[[marker]]]],
    ];
    for (const one of inside) {
      secretWatch.hear("test", one);
      expect(secretWatch.take().length).toBeGreaterThan(0);
    }
  });

  it("is listening everywhere while a runtime works", async () => {
    const before = new Map(secretWatch.looks);
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const directory = await mkdtemp(join(tmpdir(), "mooring-watch-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const runtime = createRuntime({ url: gateway.url, inspect: true, credentials: { directory }, env: {} });
    onTestFinished(() => runtime.close());
    const looked = new Promise<void>((take) => runtime.inspection?.connect({ take: () => take() }));
    const connector = requestResponseConnector({ type: "watched", version: "1.0.0", execute: () => "x" });
    const { key } = runtime.add({ tenantId: "t", instanceId: "i", connector });
    void runtime.start();
    await untilStatus(runtime, key, serving);
    await looked;
    const heard = [...secretWatch.looks].filter(([where, count]) => count > (before.get(where) ?? 0));
    expect(heard.map(([where]) => where).toSorted()).toEqual(
      expect.arrayContaining([
        "inspector message",
        "journal",
        "log line",
        "machine context",
        "machine event",
        "state change",
        "status",
      ]),
    );
  });

  it("fails a test that leaks", async () => {
    const command = ["vitest", "run", "--config", "test/support/leaking.config.ts"];
    const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
      execFile("npx", command, { cwd: root }, (error, stdout, stderr) =>
        resolve({ code: error?.code, output: stdout + stderr }),
      );
    });
    expect(output).toContain(
      "Secrets were seen (test/support/secret-watch.ts): a planted secret in: journal",
    );
    expect(output).toContain("passes by itself");
    expect(code).toBe(1);
  });
});
