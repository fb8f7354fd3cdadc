/** The registration machine over the real credentials: what is left running when it serves. */
import { describe, expect, it } from "vitest";
import { credentialsMachine } from "../../machines/index.js";
import { credentialPorts } from "../../src/actors/credentials.js";
import type { RegistrationServices } from "../../src/actors/services.js";
import { createCredentialService } from "../../src/credentials/create.js";
import { createMemoryStore } from "../../src/credentials/memory-store.js";
import { Secret } from "../../src/secret.js";
import { createRig } from "../machines/rig.js";
import { eventually } from "../support/until.js";

const identity = { tenantId: "acme", connectorType: "calc", instanceId: "calc-1" };

async function serving(env: Record<string, string>, explicit?: Secret) {
  const credentials = createCredentialService({
    dialled: { authority: "127.0.0.1:1", tls: false },
    stepTimeoutMs: 1_000,
    store: createMemoryStore(),
    wellKnown: { keys: [], tokens: [] },
    env,
  });
  const services = { credentials: credentials.for(identity, explicit) } as RegistrationServices; // nothing else is used
  const machine = credentialsMachine.provide({ actors: credentialPorts({ registration: () => services }) });
  const rig = createRig({ credentials: machine });
  await eventually(() => rig.ports.openings.length === 1);
  await rig.opened("anonymous");
  rig.accepted("approved");
  return { rig, close: () => credentials.close() };
}

describe("credentials that never end", () => {
  it.each([
    ["an option", {}, new Secret("jwt")],
    ["AUTH_TOKEN", { AUTH_TOKEN: "jwt" }, undefined],
    ["none", {}, undefined],
  ])(
    "%s: no actor and no timer of theirs is left while the registration serves",
    async (_, env, explicit) => {
      const { rig, close } = await serving(env as Record<string, string>, explicit);
      await eventually(() => !("credentials" in rig.actor.getSnapshot().children));
      // As a registration whose credentials are a stand-in without any timer.
      const given = createRig();
      await given.serving("anonymous");
      expect(rig.clock.size).toBe(given.clock.size);
      given.actor.stop();
      expect(rig.errors).toEqual([]);
      rig.actor.stop();
      await close();
    },
  );
});
