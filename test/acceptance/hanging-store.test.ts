/** A store of the user's whose `load` never comes back, from the first look or after the first connection. */
import { type CredentialStore, createRuntime, type RegistrationStatus, type Runtime } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { createMemoryStore } from "../../src/credentials/memory-store.js";
import { echo } from "../support/connectors.js";
import { backingOff, serving, untilStatus } from "../support/until.js";

const key = "acme.echo_test.one";
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function gatewayThatIssuesNothing(): Promise<Gateway> {
  const gateway = await startGateway({ approval: "automatic" });
  ends.push(() => gateway.close());
  gateway.fault({ withholdCredentials: true });
  return gateway;
}

/** Holds nothing, and from the given moment on says nothing either. */
function storeThatMayHang(): CredentialStore & { hangs: boolean } {
  const store = createMemoryStore();
  return {
    ...store,
    hangs: false,
    load(identity) {
      return this.hangs ? new Promise(() => {}) : store.load(identity);
    },
  };
}

function runtimeOn(gateway: Gateway, store: CredentialStore): Runtime {
  const runtime = createRuntime({
    url: gateway.url,
    connectTimeoutMs: 500,
    credentials: { store },
    backoff: { baseMs: 20, maxMs: 200, jitterMs: 0 },
    strict: true,
    env: {},
  });
  runtime.add({ tenantId: "acme", instanceId: "one", connector: echo });
  ends.push(() => runtime.close());
  return runtime;
}

describe("a store that hangs", () => {
  it("is told as what it is, and not as trouble of the network", async () => {
    const gateway = await gatewayThatIssuesNothing();
    const store = storeThatMayHang();
    store.hangs = true;
    const runtime = runtimeOn(gateway, store);
    void runtime.start();
    const isTold = ({ cause }: RegistrationStatus) => cause === "credentials-unavailable";
    const status = await untilStatus(runtime, key, isTold);
    expect(status).toMatchObject({ state: "backoff", code: "TIMEOUT" });
    expect(gateway.stats().streamsOpened).toBe(0);
  });

  it("does not keep a registration away that its session token alone brings back", async () => {
    const gateway = await gatewayThatIssuesNothing();
    const store = storeThatMayHang();
    const runtime = runtimeOn(gateway, store);
    await runtime.start();
    gateway.disturb("close");
    const resumed = await untilStatus(
      runtime,
      key,
      (one) => serving(one) && one.credentialSource === "session",
    );
    expect(resumed.hasSessionToken).toBe(true);
    store.hangs = true;
    gateway.disturb("close");
    await untilStatus(runtime, key, backingOff);
    const status = await untilStatus(runtime, key, serving);
    expect(status.credentialSource).toBe("session");
  });
});
