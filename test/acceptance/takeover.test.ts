/** Who has no proof gets nothing of an identity that somebody can prove, and an administrator's no holds. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type Runtime, requestResponseConnector } from "mooring";
import { type Gateway, type GatewayOptions, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually, serving, untilStatus } from "../support/until.js";

const identity = { tenantId: "acme", connectorType: "vault", instanceId: "one" };
const key = "acme.vault.one";

async function gatewayWith(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

async function folder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "mooring-takeover-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A connector that answers with its name; each has a folder of its own unless told otherwise. */
async function connectorOn(gateway: Gateway, name: string, directory?: string): Promise<Runtime> {
  const runtime = createRuntime({
    url: gateway.url,
    credentials: { directory: directory ?? (await folder()) },
    backoff: { baseMs: 20, maxMs: 200, jitterMs: 0 },
    env: {},
  });
  const connector = requestResponseConnector({ type: "vault", version: "1.0.0", execute: () => name });
  runtime.add({ tenantId: "acme", instanceId: "one", connector, displayName: name });
  onTestFinished(() => runtime.close());
  return runtime;
}

async function ownerOn(gateway: Gateway, directory?: string): Promise<Runtime> {
  const owner = await connectorOn(gateway, "owner", directory);
  await owner.start();
  gateway.approve(key);
  await untilStatus(owner, key, serving);
  return owner;
}

const answered = async (gateway: Gateway) => (await gateway.execute(key)).json();
/** Waits for approval, and the gateway has said why; that it says so is no change of state. */
async function untilAsked(runtime: Runtime): Promise<void> {
  await untilStatus(runtime, key, (one) => one.child === "pendingApproval");
  await eventually(() => runtime.status().registrations[0]?.detail !== null);
}

const why =
  "This identity belongs to a connector with credentials, and this one shows none. Approve it only if they were lost.";
const publicKey = () =>
  generateKeyPairSync("ec", { namedCurve: "P-256" })
    .publicKey.export({ type: "spki", format: "pem" })
    .toString();

describe("a connector without proof, for an identity with an owner", () => {
  it.each([
    ["", {}],
    [", with an admin token", { adminToken: "planted-secret-admin" }],
  ] as const)("gets nothing, and the owner goes on%s", async (_more, options) => {
    const gateway = await gatewayWith(options);
    const owner = await ownerOn(gateway);
    const before = { ...gateway.stats(), clients: gateway.clients() };
    const stranger = await connectorOn(gateway, "stranger");
    expect(await stranger.start()).toMatchObject({ ready: [], pendingApproval: [key] });
    await untilAsked(stranger);
    expect(await answered(gateway)).toBe("owner");
    expect(owner.status().registrations[0]).toMatchObject({ child: "serving", attempt: 0 });
    expect(gateway.registrations()).toMatchObject([
      { key, state: "approved", connected: true, displayName: "owner", approvalAsked: why },
    ]);
    expect({ ...gateway.stats(), clients: gateway.clients() }).toMatchObject({
      overlappingStreams: before.overlappingStreams,
      accepted: before.accepted,
      clients: before.clients,
    });
    expect(stranger.explain(key)).toContain(`The gateway says: ${why}`);
    expect(stranger.explain(key)).toContain("ask an administrator of the tenant to approve it");
    await stranger.close();
    await gateway.until((one) => one.registrations()[0]?.approvalAsked === null);
    expect(await answered(gateway)).toBe("owner");
  });

  it("gets nothing while the owner is away, and the owner comes back without asking", async () => {
    const gateway = await gatewayWith();
    const directory = await folder();
    await (await ownerOn(gateway, directory)).close();
    const stranger = await connectorOn(gateway, "stranger");
    await stranger.start();
    await untilAsked(stranger);
    expect(gateway.registrations()[0]).toMatchObject({ connected: false, approvalAsked: why });
    const waiting = gateway.execute(key).then((answer) => answer.json());
    const owner = await connectorOn(gateway, "owner", directory);
    expect((await owner.start()).ready).toEqual([key]);
    expect(await waiting).toBe("owner");
    expect(stranger.status().registrations[0]?.child).toBe("pendingApproval");
  });

  it("serves when an administrator approves it; of two that ask the newer waits", async () => {
    const gateway = await gatewayWith();
    await (await ownerOn(gateway)).close();
    const first = await connectorOn(gateway, "first");
    await first.start();
    await untilAsked(first);
    await first.close();
    const second = await connectorOn(gateway, "second");
    await second.start();
    await untilAsked(second);
    gateway.approve(key);
    await untilStatus(second, key, serving);
    expect(gateway.registrations()[0]).toMatchObject({ displayName: "second", approvalAsked: null });
    expect(await answered(gateway)).toBe("second");
    expect(gateway.clients()).toHaveLength(2);
  });

  it("is rejected alone", async () => {
    const gateway = await gatewayWith();
    await ownerOn(gateway);
    const stranger = await connectorOn(gateway, "stranger");
    await stranger.start();
    await untilAsked(stranger);
    gateway.reject(key);
    await untilStatus(stranger, key, (one) => one.cause === "approval-rejected");
    expect(gateway.registrations()[0]).toMatchObject({
      state: "approved",
      connected: true,
      approvalAsked: null,
    });
    expect(await answered(gateway)).toBe("owner");
  });

  it.each(["manual", "automatic"] as const)(
    "waits where only a client was made for it, approval %s",
    async (approval) => {
      const gateway = await gatewayWith({ approval });
      gateway.registerClient({ identity, publicKey: publicKey() });
      const stranger = await connectorOn(gateway, "stranger");
      await stranger.start();
      await untilAsked(stranger);
      expect(gateway.registrations()[0]).toMatchObject({ connected: false, approvalAsked: why });
      gateway.revokeClient(gateway.clients()[0]?.clientId ?? "");
      gateway.disturb("close");
      // Nobody can prove it any more: the rule decides.
      await untilStatus(
        stranger,
        key,
        approval === "automatic" ? serving : (one) => one.child === "pendingApproval" && one.detail === null,
      );
    },
  );

  it("gets nothing while the approved one still makes its credentials", async () => {
    const gateway = await gatewayWith();
    gateway.fault({ ottDelayMs: 500 });
    const owner = await connectorOn(gateway, "owner");
    await owner.start();
    gateway.approve(key);
    await untilStatus(owner, key, (one) => one.state === "credentialExchange");
    const stranger = await connectorOn(gateway, "stranger");
    await stranger.start();
    await untilAsked(stranger);
    await untilStatus(owner, key, serving);
    expect(await answered(gateway)).toBe("owner");
    expect(gateway.stats().overlappingStreams).toBe(0);
  });

  it("takes over where everybody is approved and nobody has credentials", async () => {
    const gateway = await gatewayWith({ approval: "automatic" });
    const older = await connectorOn(gateway, "older");
    await older.start();
    await older.close();
    const newer = await connectorOn(gateway, "newer");
    expect((await newer.start()).ready).toEqual([key]);
    expect(await answered(gateway)).toBe("newer");
  });
});

describe("an administrator's no", () => {
  it("holds after a rejection, with session token and access token, until a yes", async () => {
    const gateway = await gatewayWith();
    const owner = await ownerOn(gateway);
    gateway.reject(key);
    await untilStatus(owner, key, (one) => one.cause === "approval-rejected");
    const accepted = gateway.stats().accepted;
    owner.registration(key).retryNow();
    await untilAsked(owner);
    expect(owner.explain(key)).toContain("The gateway says: It was rejected, and asks again.");
    expect(gateway.registrations()[0]).toMatchObject({
      state: "rejected",
      approvalAsked: "It was rejected, and asks again.",
    });
    expect(gateway.stats().accepted).toBe(accepted);
    gateway.approve(key);
    await untilStatus(owner, key, serving);
    expect(await answered(gateway)).toBe("owner");
  });

  it("holds where everybody is approved", async () => {
    const gateway = await gatewayWith({ approval: "automatic" });
    const owner = await connectorOn(gateway, "owner");
    await owner.start();
    gateway.reject(key);
    await untilStatus(owner, key, (one) => one.cause === "approval-rejected");
    owner.registration(key).retryNow();
    await untilAsked(owner);
    gateway.approve(key);
    await untilStatus(owner, key, serving);
  });

  it("holds after a deregistration: nothing of before counts", async () => {
    const gateway = await gatewayWith();
    const owner = await ownerOn(gateway);
    const accepted = gateway.stats().accepted;
    gateway.deregister(key);
    await untilStatus(owner, key, (one) => one.cause === "credentials-refused");
    expect(gateway.stats().accepted).toBe(accepted);
    const fresh = await connectorOn(gateway, "fresh");
    expect((await fresh.start()).pendingApproval).toEqual([key]);
    gateway.approve(key);
    await untilStatus(fresh, key, serving);
  });

  it("holds for the session token of a client that was revoked", async () => {
    const gateway = await gatewayWith();
    const owner = await ownerOn(gateway);
    const accepted = gateway.stats().accepted;
    gateway.revokeClient(gateway.clients()[0]?.clientId ?? "");
    gateway.disturb("close");
    await untilStatus(owner, key, (one) => one.cause === "credentials-refused");
    expect(gateway.stats().accepted).toBe(accepted);
  });
});
