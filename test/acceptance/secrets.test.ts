import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { createRuntime, type FeedMessage, requestResponseConnector } from "mooring";
import { describe, expect, it } from "vitest";
import {
  ApprovalNotificationSchema,
  ConnectorService,
  CredentialsIssuedSchema,
  ExecuteRequestSchema,
  HeartbeatRequestSchema,
  HeartbeatResponseSchema,
  InvokeCapabilityRequestSchema,
  InvokeCapabilityResponseSchema,
  OidcConfigSchema,
  RegisterConnectorResponseSchema,
  type RegistrationStatus,
  type StreamMessage,
  StreamMessageSchema,
  WebSocketCloseRequestSchema,
  WebSocketFrameSchema,
  WebSocketOpenRequestSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { textOf } from "../recording/texts.js";
import { untilStatus } from "../support/until.js";

/** Secrets of several shapes: a token, words joined, a UUID, hexadecimal, a JWT. */
const shapes = [
  (n: number) => `tok_${n}_Zx9Qw7Lm2Pv4`,
  (n: number) => `planted-secret-number-${n}`,
  (n: number) => `0b9c1f4e-77aa-4c2e-9f00-${String(n).padStart(12, "0")}`,
  (n: number) => `deadbeefcafe${n}0123456789abcdef`,
  (n: number) => `eyJhbGciOiJIUzI1NiJ9.${n}eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl`,
];

const planted: string[] = [];

function plant(): string {
  const secret = shapes[planted.length % shapes.length]?.(planted.length) ?? "";
  planted.push(secret);
  return secret;
}

const bytes = () => new TextEncoder().encode(JSON.stringify(plant()));
type Body = NonNullable<StreamMessage["message"]>;
const message = (body: Body) => create(StreamMessageSchema, { message: body });

/** Every inbound message there is, with a secret in every field that can hold text or bytes. */
function inbound(): readonly StreamMessage[] {
  const registered = (success: boolean, status: RegistrationStatus) =>
    message({
      case: "registerResponse",
      value: create(RegisterConnectorResponseSchema, {
        success,
        status,
        address: plant(),
        error: `denied for ${plant()} because ${plant()}`,
        connectorArn: `matrix:t:${plant()}:i`,
        sessionToken: plant(),
        oidcConfig: create(OidcConfigSchema, {
          authorizationEndpoint: plant(),
          tokenEndpoint: plant(),
          issuer: plant(),
          clientId: plant(),
          scopes: [plant()],
          userinfoEndpoint: plant(),
        }),
      }),
    });
  return [
    registered(true, 1),
    message({
      case: "approvalNotification",
      value: create(ApprovalNotificationSchema, { gatewayId: plant(), status: 2, message: plant() }),
    }),
    message({ case: "heartbeatRequest", value: create(HeartbeatRequestSchema, { gatewayId: plant() }) }),
    message({ case: "heartbeatResponse", value: create(HeartbeatResponseSchema, { gatewayId: plant() }) }),
    message({
      case: "executeRequest",
      value: create(ExecuteRequestSchema, {
        requestId: plant(),
        payload: bytes(),
        payloadEncoding: 1,
        context: { [plant()]: plant() },
        capabilityId: plant(),
      }),
    }),
    message({
      case: "invokeRequest",
      value: create(InvokeCapabilityRequestSchema, {
        requestId: plant(),
        targetAddress: plant(),
        payload: bytes(),
        context: { k: plant() },
      }),
    }),
    message({
      case: "invokeResponse",
      value: create(InvokeCapabilityResponseSchema, {
        requestId: plant(),
        error: plant(),
        errorDetails: { k: plant() },
        payload: bytes(),
      }),
    }),
    message({
      case: "wsOpenRequest",
      value: create(WebSocketOpenRequestSchema, {
        connectionId: plant(),
        path: plant(),
        queryString: plant(),
        headers: { cookie: plant() },
      }),
    }),
    message({
      case: "wsFrame",
      value: create(WebSocketFrameSchema, { connectionId: plant(), data: bytes() }),
    }),
    message({
      case: "wsCloseRequest",
      value: create(WebSocketCloseRequestSchema, { connectionId: plant(), reason: plant() }),
    }),
    message({
      case: "credentialsIssued",
      value: create(CredentialsIssuedSchema, {
        gatewayId: "t.secretive.i",
        keycloakUrl: plant(),
        realm: plant(),
        message: plant(),
        ott: plant(),
        registerUrl: `/${plant()}`,
        matrixApiUrl: `http://127.0.0.1:1/${plant()}`,
      }),
    }),
    registered(false, 3),
  ];
}

describe("secrets", () => {
  it("planted in every field of every inbound message, appear in no log line, journal, status, inspection, recording or error", async () => {
    const spoken: string[] = [];
    const note = (...parts: readonly unknown[]) =>
      void spoken.push(parts.map((part) => inspect(part)).join(" "));
    const directory = await mkdtemp(join(tmpdir(), "mooring-secrets-"));
    let send: (() => void) | undefined;
    const sent = new Promise<void>((resolve) => {
      send = resolve;
    });
    const server = createServer(
      connectNodeAdapter({
        routes: (router) => {
          router.service(ConnectorService, {
            async *connect(requests) {
              for await (const _first of requests) {
                yield* inbound();
                send?.();
                break;
              }
              for await (const _more of requests) yield message({ case: undefined });
            },
          });
        },
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const secretive = requestResponseConnector({
      type: "secretive",
      version: "1.0.0",
      execute: (request) => {
        throw new Error(`cannot do ${String(request.json())}`);
      },
    });
    const runtime = createRuntime({
      url: `grpc://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { directory },
      logger: { debug: note, info: note, warn: note, error: note },
      inspect: note,
      heartbeat: { intervalMs: 20, timeoutMs: 60_000 },
      env: {},
    });
    const jwt = plant();
    const { key } = runtime.add({ tenantId: "t", instanceId: "i", connector: secretive, authToken: jwt });
    const changes = (async () => {
      for await (const change of runtime.changes()) note(change);
    })();
    const { inspection } = runtime;
    const exchangeTold = new Promise<void>((resolve) => {
      const take = (messages: readonly FeedMessage[]) => {
        note(messages);
        if (JSON.stringify(messages).includes("stream.credentialsIssued")) resolve();
      };
      inspection?.connect({ take }).look({ keys: [key], actors: [1, 2] });
    });
    void runtime.start();
    await sent;
    await untilStatus(runtime, key, (s) => s.child === "pendingApproval" || s.state === "credentialExchange");
    await untilStatus(runtime, key, (s) => runtime.journal(s.key).length > 3);
    await exchangeTold;
    note(runtime.status(), runtime.journal(key), runtime.explain(key));
    const recording = await textOf(runtime.recording());
    expect(recording).toContain("stream.credentialsIssued");
    note(recording);
    await runtime.close();
    await changes;
    note(await runtime.closed);
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true, force: true });

    expect(planted.length).toBeGreaterThan(40);
    expect(spoken.length).toBeGreaterThan(20);
    const everything = spoken.join("\n");
    expect(everything).toContain("streaming");
    expect(everything).toContain("a handler threw an unexpected error");
    expect(planted.filter((secret) => everything.includes(secret))).toEqual([]);
  });
});

/** Everything reachable in a value, errors with causes and stacks included, as text. */
function inspect(value: unknown): string {
  const seen = new Set<unknown>();
  const text = (one: unknown): string => {
    if (typeof one === "bigint") return String(one);
    if (typeof one !== "object" || one === null) return String(one);
    if (seen.has(one)) return "";
    seen.add(one);
    const own = Object.getOwnPropertyNames(one).map(
      (name) => `${name}=${text((one as Record<string, unknown>)[name])}`,
    );
    return own.join(" ");
  };
  return text(value);
}
