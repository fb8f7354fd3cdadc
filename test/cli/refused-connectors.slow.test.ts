/** What approve and call say of connectors that their gateway refuses: before they register, while one waits, and later. */
import { generateKeyPairSync } from "node:crypto";
import type { Gateway } from "mooring/gateway";
import { describe, expect, it } from "vitest";
import { devLines } from "../../src/cli/dev-lines.js";
import { fakeConnector } from "../gateway/fake-connector.js";
import { gatewayFor, ownerKey as key, mint, owner } from "../gateway/rig.js";
import { runCommand, startCommand } from "../support/run-command.js";

const env = { STRIKE48_API_URL: "", STRIKE48_URL: "", MOORING_ADMIN_TOKEN: "" };
const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const remedy =
  "remove their file where the connector runs (mooring doctor names it), and it registers anew and can be approved.";

function linesOf(gateway: Gateway): readonly string[] {
  const lines: string[] = [];
  gateway.on((event) => lines.push(...devLines(event, { approving: () => "", quiet: false })));
  return lines;
}

const run = (gateway: Gateway, ...args: readonly string[]) =>
  runCommand([...args, "--gateway", gateway.httpUrl], env);

describe("a connector whose credentials are of another run of the gateway", () => {
  it("is refused by the token server before it registers, which approve and mooring dev say", async () => {
    const gateway = await gatewayFor();
    const lines = linesOf(gateway);
    const other = { clientId: "connector-of-before", key: pair.privateKey };
    expect(await mint(gateway, other)).toMatchObject({ status: 401 });
    expect(lines).toEqual([
      `client connector-of-before  refused a token: this gateway does not know it, perhaps since a restart without --state. Where its connector runs, mooring explain says what to do`,
    ]);
    const hint = `A client that this gateway does not know (connector-of-before) was refused a token just now. If it is this connector's, its credentials are of another run of the gateway: ${remedy}`;
    const { code, output } = await run(gateway, "approve", key, "--wait", "1");
    expect(code).toBe(1);
    expect(output.split(hint)).toHaveLength(3);
  });

  it("ends the wait for it as soon as it comes and is refused", async () => {
    const gateway = await gatewayFor();
    const args = ["approve", key, "--wait", "600000", "--gateway", gateway.httpUrl];
    const approve = startCommand(args, env);
    await approve.says("Waiting 600 s");
    await fakeConnector(gateway).register({ jwt_token: "a.b.c" });
    expect(await approve.exited).toBe(1);
    expect(approve.output()).toContain(`The gateway refuses ${key}: it was refused just now: jwt_invalid. `);
    expect(approve.output()).toContain(remedy);
  });
});

describe("a connector that the gateway knows and refuses", () => {
  async function revoked() {
    const gateway = await gatewayFor();
    const connector = fakeConnector(gateway);
    await connector.register();
    await connector.leave();
    const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
    const { clientId } = gateway.registerClient({ identity: owner, publicKey });
    gateway.revokeClient(clientId);
    const lines = linesOf(gateway);
    await mint(gateway, { clientId, key: pair.privateKey });
    return { gateway, connector, lines };
  }
  const words = `its last try was refused just now: invalid_client. Its client was revoked: ${remedy}`;

  it("is approved, and said to be refused", async () => {
    const { gateway, lines } = await revoked();
    expect(lines).toEqual([`${key}  refused a token: its client was revoked`]);
    expect(await run(gateway, "approve", key)).toEqual({
      code: 0,
      output: `${key}: approved; but ${words}\n`,
    });
    expect(gateway.registrations()).toMatchObject([{ state: "approved", refused: words }]);
    const called = await run(gateway, "call", key, "--timeout", "50");
    expect(called.output).toContain(`${key} is not connected: ${words}`);
  });

  it("is said to be so no more when it has registered", async () => {
    const { gateway, connector } = await revoked();
    await connector.register();
    expect(gateway.registrations()).toMatchObject([{ refused: null }]);
    const { output } = await run(gateway, "approve", key);
    expect(output).toBe(`${key}: approved; it serves at once.\n`);
  });
});
