/** Credentials, session tokens and rejections of registrations that share a WebSocket. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type RegistrationOptions, type RuntimeOptions } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type RegisterConnectorRequest,
  RegistrationStatus as Status,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { echo } from "../support/connectors.js";
import { accept, type PeerSocket, phoenixPeer } from "../support/phoenix-peer.js";
import { urlFor } from "../support/transports.js";
import { serving, untilStatus } from "../support/until.js";

const keyOf = (instanceId: string) => `acme.echo_test.${instanceId}`;
const [a, b] = [keyOf("a"), keyOf("b")] as const;
const pending = ({ child }: { child: string | null }) => child === "pendingApproval";

async function gatewayOf(): Promise<Gateway> {
  const gateway = await startGateway();
  onTestFinished(() => gateway.close());
  return gateway;
}

async function runtimeAt(
  url: string,
  registrations: readonly Partial<RegistrationOptions>[],
  options: RuntimeOptions,
) {
  const directory = await mkdtemp(join(tmpdir(), "mooring-socket-credentials-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const runtime = createRuntime({
    url,
    credentials: { directory },
    backoff: { baseMs: 20, maxMs: 100, jitterMs: 0 },
    refusedDelayMs: 50,
    strict: true,
    env: {},
    ...options,
  });
  onTestFinished(() => runtime.close());
  for (const one of registrations) runtime.add({ tenantId: "acme", ...one, connector: echo });
  return runtime;
}

/** Registrations that wait for approval on one socket of the embedded gateway. */
async function waiting(instances: readonly string[], options: RuntimeOptions = {}) {
  const gateway = await gatewayOf();
  const registrations = instances.map((instanceId) => ({ instanceId }));
  const runtime = await runtimeAt(urlFor(gateway, "websocket"), registrations, options);
  await runtime.start();
  const { registerRequests } = gateway.stats();
  expect({ sockets: gateway.stats().connectionsAccepted, registerRequests }).toEqual({
    sockets: 1,
    registerRequests: instances.length,
  });
  /** Resolves when a registration has taken all that was sent to it before. */
  const taken = async (key: string) => {
    const answered = new Promise<void>((resolve) => {
      const leave = gateway.on((event) => {
        if (event.type !== "heartbeatAnswered") return;
        leave();
        resolve();
      });
    });
    gateway.heartbeat(key);
    await answered;
  };
  return { gateway, runtime, taken };
}

describe("credentials on a shared socket", () => {
  it("[A16 #83] [T12.7 #6] reach the registration that they name, and no other", async () => {
    const { gateway, runtime, taken } = await waiting(["a", "b"]);
    gateway.approve(a);
    expect(await untilStatus(runtime, a, serving)).toMatchObject({ credentialSource: "saved" });
    await taken(b);
    expect(runtime.registration(b).status()).toMatchObject({ child: "pendingApproval" });
    expect(runtime.registration(b).status().credentialSource).not.toBe("saved");
    expect(gateway.clients().map(({ key }) => key)).toEqual([a]);
    gateway.approve(b);
    await untilStatus(runtime, b, serving);
    expect(gateway.stats().streamsOpened).toBe(2);
  });

  it("[A16 #84] [T12.7 #7] for somebody who is not there are dropped, also when one registration is left", async () => {
    const { gateway, runtime, taken } = await waiting(["a"]);
    gateway.issueCredentials(a, { gatewayId: keyOf("gone") });
    await taken(a);
    expect(runtime.registration(a).status()).toMatchObject({ child: "pendingApproval", attempt: 0 });
    expect(gateway.clients()).toEqual([]);
    gateway.approve(a);
    await untilStatus(runtime, a, serving);
  });

  it("[C16 #71] [A16 #85] [T12.7 #12] without a one-time token change nothing, and nobody is called", async () => {
    const { gateway, runtime, taken } = await waiting(["a", "b"]);
    gateway.issueCredentials(a, { ott: "" });
    await taken(a);
    expect(runtime.registration(a).status()).toMatchObject({ state: "streaming", child: "pendingApproval" });
    expect(gateway.clients()).toEqual([]);
  });

  it("[C16 #71] [A16 #86] [T12.7 #13] that are being exchanged do not keep the runtime from ending", async () => {
    const { gateway, runtime } = await waiting(["a", "b"], { connectTimeoutMs: 300 });
    gateway.fault({ ottDelayMs: 3_600_000 });
    const exchanging = untilStatus(runtime, a, (one) => one.state === "credentialExchange");
    gateway.approve(a);
    await exchanging;
    await runtime.close();
    expect(runtime.status().phase).toBe("stopped");
  });

  it("[A16 #87] [T12.7 #14] that are being exchanged are left with the socket; the next one has what came of it", async () => {
    const { gateway, runtime } = await waiting(["a", "b"]);
    gateway.fault({ ottDelayMs: 200 });
    const exchanging = untilStatus(runtime, a, (one) => one.state === "credentialExchange");
    gateway.approve(a);
    await exchanging;
    const left = untilStatus(runtime, a, (one) => one.state === "backoff");
    gateway.disturb("cut");
    await left;
    expect(await untilStatus(runtime, a, serving)).toMatchObject({ credentialSource: "saved" });
    expect(gateway.clients().map(({ key }) => key)).toEqual([a]);
    await untilStatus(runtime, b, pending);
  });
});

/** One that a client takes for unexpired. */
const sessionToken = (name: string): string =>
  `${Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1_000) + 3_600, name })).toString("base64url")}.planted-secret`;
const [first, second] = [sessionToken("first"), sessionToken("second")] as const;

type Answer = "refuse" | { readonly status: Status; readonly token?: string };
const approved = (token?: string): Answer => ({ status: Status.APPROVED, ...(token ? { token } : {}) });

/**
 * A and B on one socket of a peer that answers the register requests of A as told, one after the other, and always
 * accepts B; its HTTP API is the embedded gateway's.
 */
async function answered(answers: readonly Answer[], options: Partial<RegistrationOptions> = {}) {
  const gateway = await gatewayOf();
  const heard: RegisterConnectorRequest[] = [];
  const peer = await phoenixPeer((request, socket) => {
    if (request.instanceId !== "a") return accept(request, socket);
    const answer = answers[heard.push(request) - 1] ?? approved();
    const connectorArn = "matrix:acme:echo_test:a";
    const value =
      answer === "refuse"
        ? { success: false, status: Status.REJECTED, error: "session token refused", connectorArn }
        : { success: true, status: answer.status, connectorArn, sessionToken: answer.token ?? "" };
    socket.send({ case: "registerResponse", value });
  });
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const runtime = await runtimeAt(peer.url, [{ instanceId: "a", ...options }, { instanceId: "b" }], {
    env: { STRIKE48_API_URL: gateway.httpUrl },
  });
  await runtime.start();
  const socket = peer.sockets[0] as PeerSocket;
  const before = runtime.journal(b);
  /** Offers credentials to A on its stream. */
  const offer = () => {
    const owner = { tenantId: "acme", connectorType: "echo_test", instanceId: "a" };
    socket.send({
      case: "credentialsIssued",
      value: {
        gatewayId: a,
        ott: gateway.issueOneTimeToken(owner).token,
        registerUrl: "/api/connectors/register-with-ott",
        matrixApiUrl: gateway.httpUrl,
        keycloakUrl: gateway.realmUrl,
        realm: "connectors",
      },
    });
  };
  /** B has noticed nothing, and nobody dialled anew. */
  const untouched = () => {
    expect(runtime.journal(b)).toEqual(before);
    expect(peer.sockets).toHaveLength(1);
  };
  return { runtime, offer, untouched, heard, tokens: () => heard.map((one) => one.sessionToken) };
}

describe("rejections on a shared socket", () => {
  it("[C16 #71] [A16 #88] [T12.7 #15] drop a session token at the second in a row, not at the first", async () => {
    const { runtime, tokens, untouched } = await answered([
      approved(first),
      "refuse",
      "refuse",
      approved(second),
    ]);
    await untilStatus(runtime, a, serving);
    runtime.registration(a).restart();
    await untilStatus(runtime, a, (one) => one.ready && one.counters.successful_reconnects > 0);
    expect(tokens()).toEqual(["", first, first, ""]);
    untouched();
  });

  it("[A16 #88] [T12.7 #16] leave a token that was given from outside, where nothing is saved", async () => {
    const { runtime, heard, untouched } = await answered(["refuse", "refuse", "refuse"], {
      authToken: "planted-secret-outside",
    });
    await untilStatus(runtime, a, serving);
    expect(heard.map(({ jwtToken }) => jwtToken)).toEqual(Array(4).fill("planted-secret-outside"));
    untouched();
  });

  it("[A16 #88] [T12.7 #17] are counted afresh after a success", async () => {
    const { runtime, tokens, untouched } = await answered([
      approved(first),
      "refuse",
      approved(first),
      "refuse",
      approved(second),
    ]);
    for (const reconnects of [1, 2]) {
      await untilStatus(runtime, a, serving);
      runtime.registration(a).restart();
      await untilStatus(runtime, a, (one) => one.ready && one.counters.successful_reconnects === reconnects);
    }
    expect(tokens()).toEqual(["", first, first, first, first]);
    untouched();
  });

  it("[A16 #88] [T12.7 #18] on a stream that goes on keep it, and drop the session token at the second only", async () => {
    const { runtime, offer, tokens, untouched } = await answered([
      { status: Status.PENDING, token: first },
      "refuse",
      "refuse",
      approved(second),
    ]);
    const refusals = () =>
      runtime.journal(a).filter(({ event }) => event === "register-again-refused").length;
    for (const times of [1, 2]) {
      await untilStatus(runtime, a, pending);
      offer();
      await untilStatus(runtime, a, (one) => pending(one) && refusals() === times);
    }
    offer();
    await untilStatus(runtime, a, serving);
    expect(tokens()).toEqual(["", first, first, ""]);
    expect(runtime.registration(a).status().counters.total_disconnects).toBe(0);
    untouched();
  });

  it("[A16 #88] [T12.7 #19] on a stream that goes on are over with a success, which brings the next session token", async () => {
    const { runtime, offer, tokens, untouched } = await answered([
      { status: Status.PENDING, token: first },
      "refuse",
      approved(second),
      approved(),
    ]);
    await untilStatus(runtime, a, pending);
    offer();
    await untilStatus(
      runtime,
      a,
      (one) => runtime.journal(a).some(({ event }) => event === "register-again-refused") && pending(one),
    );
    offer();
    await untilStatus(runtime, a, serving);
    runtime.registration(a).restart();
    await untilStatus(runtime, a, (one) => one.ready && one.counters.successful_reconnects === 1);
    expect(tokens()).toEqual(["", first, first, second]);
    untouched();
  });
});
