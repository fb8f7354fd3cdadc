/** An administrator's no, on the wire and over HTTP: what it ends, what is answered, and what is refused afterwards. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Gateway } from "mooring/gateway";
import { describe, expect, it } from "vitest";
import { fakeConnector } from "./fake-connector.js";
import { call, gatewayFor, mint, owner, ownerKey } from "./rig.js";

interface Client {
  readonly clientId: string;
  readonly key: KeyObject;
  readonly jwt: string;
}

async function clientOf(gateway: Gateway): Promise<Client> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const { clientId } = gateway.registerClient({ identity: owner, publicKey: pem });
  const minted = await mint(gateway, { clientId, key: privateKey });
  return { clientId, key: privateKey, jwt: (minted.body as { access_token: string }).access_token };
}

/** A connector that serves with proof. */
async function servedOn(gateway: Gateway, { jwt }: Client) {
  const connector = fakeConnector(gateway);
  const answer = await connector.register({ jwt_token: jwt });
  expect(answer).toMatchObject({ success: true, status: "REGISTRATION_STATUS_APPROVED" });
  return { ...connector, sessionToken: String(answer.session_token) };
}

const ended = /^The stream ended before/;
const admin = (gateway: Gateway, action: string) =>
  call(`${gateway.httpUrl}/api/registrations/${ownerKey}/${action}`, {});

describe("a client that was revoked", () => {
  it.each(["in the process", "over HTTP"])(
    "has its stream ended, and gets nothing any more: %s",
    async (how) => {
      const gateway = await gatewayFor();
      const client = await clientOf(gateway);
      const connector = await servedOn(gateway, client);
      if (how === "in the process") gateway.revokeClient(client.clientId);
      else
        expect(await call(`${gateway.httpUrl}/api/clients/${client.clientId}/revoke`, {})).toMatchObject({
          status: 200,
          body: { clientId: client.clientId, revoked: true },
        });
      await expect(connector.next("nothing")).rejects.toThrow(ended);
      await gateway.until((one) => one.stats().activeStreams === 0);
      expect(gateway.registrations()).toMatchObject([{ key: ownerKey, connected: false }]);
      expect(await connector.register({ session_token: connector.sessionToken })).toMatchObject({
        status: "REGISTRATION_STATUS_REJECTED",
        error: "Registration failed",
      });
      for (const session_token of ["", connector.sessionToken])
        expect(await connector.register({ jwt_token: client.jwt, session_token })).toMatchObject({
          status: "REGISTRATION_STATUS_REJECTED",
          error: "jwt_invalid",
        });
      const minted = await mint(gateway, client);
      expect(minted).toMatchObject({ status: 401, body: { error: "invalid_client" } });
      expect(gateway.stats().accepted).toBe(1);
    },
  );

  it("leaves its unanswered requests to another client of the registration", async () => {
    const gateway = await gatewayFor();
    const [first, second] = [await clientOf(gateway), await clientOf(gateway)];
    const revoked = await servedOn(gateway, first);
    const answer = gateway.execute(ownerKey, { requestId: "r" });
    expect((await revoked.nextExecute()).requestId).toBe("r");
    gateway.revokeClient(first.clientId);
    const waiting = gateway.execute(ownerKey, { requestId: "later" });
    const other = await servedOn(gateway, second);
    for (const requestId of ["r", "later"]) {
      expect((await other.nextExecute()).requestId).toBe(requestId);
      other.answer(requestId);
    }
    expect(await answer).toMatchObject({ requestId: "r", success: true });
    expect(await waiting).toMatchObject({ requestId: "later", success: true });
  });

  it("disturbs nobody of another registration", async () => {
    const gateway = await gatewayFor();
    const client = await clientOf(gateway);
    const connector = await servedOn(gateway, client);
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const identity = { ...owner, instanceId: "other" };
    gateway.revokeClient(gateway.registerClient({ identity, publicKey: pem }).clientId);
    const answer = gateway.execute(ownerKey);
    connector.answer((await connector.nextExecute()).requestId);
    expect((await answer).success).toBe(true);
  });
});

/** Somebody without proof, who asks for the identity of a proven owner. */
async function claimed() {
  const gateway = await gatewayFor();
  const client = await clientOf(gateway);
  const connector = await servedOn(gateway, client);
  const claimant = fakeConnector(gateway);
  expect(await claimant.register()).toMatchObject({ status: "REGISTRATION_STATUS_PENDING" });
  expect(await claimant.next("approval_notification")).toMatchObject({
    status: "REGISTRATION_STATUS_PENDING",
    message: expect.stringContaining("belongs to a connector with credentials"),
  });
  const serves = async () => {
    const answer = gateway.execute(ownerKey);
    connector.answer((await connector.nextExecute()).requestId);
    return (await answer).success;
  };
  return { gateway, client, connector, claimant, serves };
}

describe("while a proven owner holds the identity that somebody asks for", () => {
  it("the first reject is the asking one's, the second the owner's", async () => {
    const { gateway, client, connector, claimant, serves } = await claimed();
    expect(await admin(gateway, "reject")).toMatchObject({
      status: 200,
      body: { key: ownerKey, state: "approved", rejected: "the stream that asked for its identity" },
    });
    const rejected = { status: "REGISTRATION_STATUS_REJECTED" };
    expect(await claimant.next("approval_notification")).toMatchObject(rejected);
    expect(await serves()).toBe(true);
    expect(await admin(gateway, "reject")).toEqual(
      expect.objectContaining({ status: 200, body: { key: ownerKey, state: "rejected" } }),
    );
    expect(await connector.next("approval_notification")).toMatchObject(rejected);
    expect(await admin(gateway, "execute")).toMatchObject({ status: 409 });
    for (const credentials of [{ session_token: connector.sessionToken }, { jwt_token: client.jwt }]) {
      const answer = await connector.register(credentials);
      expect(answer.status).not.toBe("REGISTRATION_STATUS_APPROVED");
    }
    expect(gateway.stats().accepted).toBe(1);
  });

  it("a rejected one that asks again waits again, and the owner goes on", async () => {
    const { gateway, claimant, serves } = await claimed();
    await admin(gateway, "reject");
    expect(await claimant.register()).toMatchObject({ status: "REGISTRATION_STATUS_PENDING" });
    expect(await serves()).toBe(true);
    expect(gateway.registrations()[0]?.approvalAsked).toContain("belongs to a connector");
  });

  it("deregister ends both streams; the owner's credentials count no more, and the other one waits", async () => {
    const { gateway, client, connector, claimant } = await claimed();
    const open = gateway.execute(ownerKey);
    open.catch(() => {});
    expect(await admin(gateway, "deregister")).toMatchObject({ status: 200, body: { key: ownerKey } });
    await expect(open).rejects.toMatchObject({ code: "NOT_RUNNING" });
    for (const one of [connector, claimant]) await expect(one.next("nothing")).rejects.toThrow(ended);
    expect(gateway.registrations()).toEqual([]);
    expect(await admin(gateway, "reject")).toMatchObject({ status: 404 });
    for (const credentials of [{ session_token: connector.sessionToken }, { jwt_token: client.jwt }])
      expect(await connector.register(credentials)).toMatchObject({ status: "REGISTRATION_STATUS_REJECTED" });
    expect(await mint(gateway, client)).toMatchObject({ status: 401 });
    expect(await claimant.register()).toMatchObject({ status: "REGISTRATION_STATUS_PENDING" });
    expect(gateway.registrations()).toMatchObject([
      { state: "pending", approvalAsked: "It has not been approved yet." },
    ]);
  });
});
