/** What the commands of an administrator, and mooring dev, say of connectors that are refused or away, and of TLS. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { devLines } from "../../src/cli/dev-lines.js";
import { fakeConnector } from "../gateway/fake-connector.js";
import { gatewayFor, ownerKey as key, mint } from "../gateway/rig.js";
import { authority } from "../support/certificates.js";
import { runCommand } from "../support/run-command.js";

const refusal =
  "it was refused just now: jwt_invalid. Its credentials are not of this gateway, or of another run of it: remove their file where the connector runs (mooring doctor names it), and it registers anew and can be approved.";

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  runCommand(args, { STRIKE48_API_URL: "", STRIKE48_URL: "", MOORING_ADMIN_TOKEN: "", ...env });

async function file(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mooring-answers-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "file.pem");
  await writeFile(path, text);
  return path;
}

describe("a connector that the gateway refuses", () => {
  it("is told with the reason, and to whoever would approve it with the remedy", async () => {
    const gateway = await gatewayFor();
    const lines: string[] = [];
    gateway.on((event) => lines.push(...devLines(event, { approving: () => "", quiet: false })));
    const connector = fakeConnector(gateway);
    expect(await connector.register({ jwt_token: "a.b.c" })).toMatchObject({ error: "jwt_invalid" });
    expect(lines).toContain(`${key}  refused: jwt_invalid`);
    expect(() => gateway.approve(key)).toThrow(`There is no registration "${key}": ${refusal}`);
    const { code, output } = await run(["approve", key, "--gateway", gateway.httpUrl]);
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(refusal) });
    expect(output).not.toContain("may not have connected yet");
  });
});

describe("a key that never registered", () => {
  it("is answered with the few of its type, and not with a client that is refused", async () => {
    const gateway = await gatewayFor();
    await fakeConnector(gateway).register();
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    expect(await mint(gateway, { clientId: "connector-of-before", key: privateKey })).toMatchObject({
      status: 401,
    });
    const approve = (one: string) => run(["approve", one, "--wait", "0", "--gateway", gateway.httpUrl]);
    const { output } = await approve("t.calc.something-else");
    expect(output).toContain(`did you mean "${key}"?`);
    expect(output).not.toContain("connector-of-before");
    expect((await approve("other.tenant.entirely")).output).toContain("connector-of-before");
  });
});

describe("mooring approve", () => {
  it("says whether the connector serves at once, or tries again by itself", async () => {
    const gateway = await gatewayFor();
    const connector = fakeConnector(gateway);
    await connector.register();
    const approve = () => run(["approve", key, "--gateway", gateway.httpUrl]);
    expect((await approve()).output).toBe(`${key}: approved; it serves at once.\n`);
    await connector.leave();
    gateway.reject(key);
    expect((await approve()).output).toContain(
      "approved; it is not connected now, and serves when it next registers: one that runs tries again by itself within about 30 s (its refusedDelayMs).",
    );
  });
});

describe("mooring call", () => {
  it("sends a payload as it is to a capability, and wrapped to a tool", async () => {
    const gateway = await gatewayFor({ approval: "automatic" });
    const connector = fakeConnector(gateway);
    await connector.register();
    const send = async (...form: readonly string[]) => {
      const called = run([
        "call",
        key,
        '{"a":1}',
        ...form,
        "--timeout",
        "60000",
        "--gateway",
        gateway.httpUrl,
      ]);
      const { payload, capability_id, request_id } = await connector.next("execute_request");
      connector.answer(String(request_id));
      expect((await called).code).toBe(0);
      return [capability_id, JSON.parse(String(payload))];
    };
    expect(await send("--capability", "subscribe")).toEqual(["subscribe", { a: 1 }]);
    expect(await send("--tool", "add")).toEqual(["add", { parameters: { a: 1 } }]);
    const both = await run(["call", key, "--tool", "a", "--capability", "b", "--gateway", gateway.httpUrl]);
    expect(both).toMatchObject({ code: 2, output: expect.stringContaining("cannot be used with") });
  });

  it("says at once what the request waits for, and how long", async () => {
    const gateway = await gatewayFor();
    const connector = fakeConnector(gateway);
    await connector.register();
    const called = await run(["call", key, "--timeout", "50", "--gateway", gateway.httpUrl]);
    expect(called.output).toContain(
      `${key} waits for approval (mooring approve ${key}): waiting for it and its answer, 0.05 s at most (--timeout).`,
    );
  });

  it("gives null as null", async () => {
    const gateway = await gatewayFor({ approval: "automatic" });
    const connector = fakeConnector(gateway);
    await connector.register();
    const called = run(["call", key, "null", "--timeout", "60000", "--gateway", gateway.httpUrl]);
    const { payload, request_id } = await connector.next("execute_request");
    expect(String(payload)).toBe("null");
    connector.answer(String(request_id));
    expect((await called).code).toBe(0);
  });
});

describe("TLS that does not open", () => {
  it("is told as such, with what to set", async () => {
    const root = await authority();
    const tls = await root.issue("localhost");
    const gateway = await gatewayFor({ tls });
    const url = gateway.httpUrl.replace("127.0.0.1", "localhost");
    const { code, output } = await run(["list", "--gateway", url]);
    expect(code).toBe(2);
    expect(output).toMatch(
      /^mooring: TLS to the gateway at https:\S+ does not open \(\w+\): set MATRIX_TLS_CA_CERT to the file of the gateway's certificate authority\.\n$/,
    );
    const trusted = { MATRIX_TLS_CA_CERT: await file(root.ca) };
    expect((await run(["list", "--gateway", url], trusted)).code).toBe(0);
    const junk = await file("junk");
    const refused = await run(["list", "--gateway", url], { MATRIX_TLS_CA_CERT: junk });
    expect(refused.output).toBe(`mooring: MATRIX_TLS_CA_CERT ${junk} holds no certificate (PEM).\n`);
  });

  it("because the port has none is told with the address to use", async () => {
    const { port } = await gatewayFor();
    const asked = await run(["list", "--gateway", `https://127.0.0.1:${port}`]);
    expect(asked.output).toContain("the port speaks no TLS: use http://");
    const checked = await run(["doctor", "--url", `grpcs://127.0.0.1:${port}`], { HOME: tmpdir() });
    expect(checked.output).toContain("the port speaks no TLS: use grpc://");
  });
});
