/**
 * Whatever a hostile server answers, in whatever order: no secret goes to another origin, and the calls of an hour
 * are bounded. The registration and credentials machines run as they are, on a clock of the test, over real HTTP.
 */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { credentialsMachine } from "../../machines/index.js";
import { credentialPorts } from "../../src/actors/credentials.js";
import type { RegistrationServices } from "../../src/actors/services.js";
import { createCredentialService } from "../../src/credentials/create.js";
import { generatePrivateKey } from "../../src/credentials/keys.js";
import { createMemoryStore } from "../../src/credentials/memory-store.js";
import { createRig, type Rig, settle } from "../machines/rig.js";
import { eventually } from "../support/until.js";
import { identity, Platform, type Reply, registerPath, tokenPath } from "./platform.js";

const hour = 3_600_000;
/** 60 back-offs of a minute and ten shorter ones at the start, each with a whole round of both steps. */
const mostCallsAnHour = 70 * 7;

interface Servers {
  readonly platform: Platform;
  readonly foreign: Platform;
}

/** An answer of either call; `foreign` is where a secret must not go. */
const answer = (foreign: () => string): fc.Arbitrary<Reply> =>
  fc.oneof(
    fc.record({
      status: fc.constantFrom(301, 302, 303, 307, 308),
      headers: fc.constant({}).map(() => ({ location: `${foreign()}/elsewhere` })),
    }),
    fc.record({
      status: fc.constantFrom(200, 201, 400, 401, 403, 404, 429, 500, 503),
      body: fc.constantFrom<(string | object)[]>(
        "",
        "{ not json",
        {},
        { error: "invalid_client" },
        { error: "unauthorized_client" },
        { error: "Invalid or expired token" },
        { access_token: "jwt", token_type: "Bearer", expires_in: 0 },
        { access_token: "jwt", token_type: "Bearer", expires_in: 1 },
        { access_token: "jwt", token_type: "Bearer", expires_in: 300 },
        { access_token: "jwt", token_type: "Bearer", expires_in: 1e15 },
        { access_token: "jwt", token_type: "DPoP" },
      ),
      headers: fc.constantFrom<Record<string, string>[]>(
        {},
        { "retry-after": "0" },
        { "retry-after": "-5" },
        { "retry-after": "1" },
        { "retry-after": "99999999" },
        { date: new Date(0).toUTCString() },
        { date: new Date(Date.now() + 3_000_000).toUTCString() },
        { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "n" },
      ),
    }),
    fc.constant({ status: 200, cut: true }),
  );

/** Lets an hour go by; HTTP calls take none of it. */
async function anHour(rig: Rig, isCalling: () => boolean): Promise<void> {
  const end = rig.clock.now() + hour;
  let [asked, opened] = [0, 0];
  while (rig.clock.now() < end) {
    await settle();
    await eventually(() => !isCalling());
    await settle();
    if (rig.ports.openings.length > asked) {
      asked = rig.ports.openings.length;
      if (rig.ports.openings.at(-1)?.input.onlyAtHand) {
        await rig.notAtHand();
        continue;
      }
      opened += 1;
      await rig.opened("saved");
      rig.accepted("approved");
      // The stream is up for a moment, or for a while, and ends.
      rig.clock.increment(opened % 3 === 0 ? 600_000 : 100);
      rig.ended();
      continue;
    }
    rig.clock.increment(50);
  }
}

describe("a hostile server", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = { platform: await Platform.serve(), foreign: await Platform.serve() };
    return async () => {
      await servers.platform.stop();
      await servers.foreign.stop();
    };
  });

  it("gets bounded calls, and no secret out to another origin", async () => {
    const { platform, foreign } = servers;
    const answers = fc.array(
      answer(() => foreign.url),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(answers, answers, fc.boolean(), async (tokenAnswers, registerAnswers, isSaved) => {
        platform.requests.length = 0;
        let [tokens, registers] = [0, 0];
        platform.always(tokenPath, () => tokenAnswers[tokens++ % tokenAnswers.length] ?? { status: 500 });
        platform.always(registerPath, () =>
          registers++ % 4 === 3
            ? { status: 200, body: platform.issued }
            : (registerAnswers[registers % registerAnswers.length] ?? { status: 500 }),
        );
        await liveAnHour(platform, isSaved);
        expect(platform.requests.length).toBeLessThanOrEqual(mostCallsAnHour);
        expect(foreign.requests).toEqual([]);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });
});

async function liveAnHour(platform: Platform, isSaved: boolean): Promise<void> {
  const store = createMemoryStore();
  let now = () => 0;
  const credentials = createCredentialService({
    dialled: { authority: platform.authority, tls: false },
    stepTimeoutMs: 60_000,
    store,
    wellKnown: { keys: [], tokens: [] },
    env: isSaved ? {} : { STRIKE48_REGISTRATION_TOKEN: "planted-token" },
    monotonicClock: () => now(),
  });
  const steps = credentials.for(identity, undefined);
  if (isSaved) {
    const saved = { clientId: "c", realmUrl: platform.realmUrl, tenantId: "acme" };
    await store.save(identity, saved, await generatePrivateKey());
  }
  let calling = 0;
  const counted =
    <A extends unknown[], T>(step: (...args: A) => Promise<T>) =>
    async (...args: A) => {
      calling += 1;
      try {
        return await step(...args);
      } finally {
        calling -= 1;
      }
    };
  const counting = {
    ...steps,
    find: counted(steps.find.bind(steps)),
    registerKey: counted(steps.registerKey.bind(steps)),
    mint: counted(steps.mint.bind(steps)),
  };
  const services = { credentials: counting } as unknown as RegistrationServices; // the ports use nothing else
  const machine = credentialsMachine.provide({ actors: credentialPorts({ registration: () => services }) });
  const rig = createRig({ credentials: machine });
  now = () => rig.clock.now();
  await anHour(rig, () => calling > 0);
  expect(rig.errors).toEqual([]);
  rig.actor.stop();
  await credentials.close();
}
