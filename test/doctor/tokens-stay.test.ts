/** Whatever address the doctor is given, tokens and assertions go to the realms of the identities alone. */
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { runChecks } from "../../src/doctor/index.js";

/** Takes HTTP/1 and HTTP/2 at one port, answers everything, and keeps what it was sent. */
async function listener() {
  const heard: string[] = [];
  const hear = (request: IncomingMessage | Http2ServerRequest) => {
    heard.push(JSON.stringify([request.method, request.url, request.headers]));
    request.on("data", (chunk: Buffer) => heard.push(chunk.toString("latin1")));
  };
  const http1 = createServer((request, response) => {
    hear(request);
    response.end("{}");
  });
  const http2 = createHttp2Server((request, response) => {
    hear(request);
    response.end("{}");
  });
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("data", (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      heard.push(first.toString("latin1"));
      (first.toString("latin1").startsWith("PRI ") ? http2 : http1).emit("connection", socket);
      socket.resume();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  );
  return { heard, port: (server.address() as AddressInfo).port };
}

async function signedUp() {
  const gateway = await startGateway();
  onTestFinished(() => gateway.close());
  const home = await mkdtemp(join(tmpdir(), "mooring-doctor-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const path = join(home, "connector-key.pem");
  await writeFile(path, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const { clientId } = gateway.registerClient({
    identity: { tenantId: "acme", connectorType: "echo", instanceId: "one" },
    publicKey: createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString(),
  });
  const env = {
    HOME: home,
    TENANT_ID: "acme",
    AUTH_TOKEN: "planted-secret-auth-token",
    MOORING_ADMIN_TOKEN: "planted-secret-admin-token",
    STRIKE48_PRIVATE_KEY_PATH: path,
    STRIKE48_CLIENT_ID: clientId,
    STRIKE48_AUTH_URL: gateway.realmUrl,
  };
  return { env, clientId };
}

it("sends none to the gateway that it is told to check, and none to its API", async () => {
  const { env, clientId } = await signedUp();
  const { heard, port } = await listener();
  const findings = await runChecks({
    env: { ...env, STRIKE48_API_URL: `http://127.0.0.1:${port}` },
    url: `grpc://127.0.0.1:${port}`,
  });
  expect(findings).toContainEqual(
    expect.objectContaining({ check: "token", level: "ok", what: expect.stringContaining("a token for") }),
  );
  expect(heard.some((text) => text.startsWith("PRI "))).toBe(true);
  expect(heard.some((text) => text.includes("GET "))).toBe(true);
  expect(heard.join("\n")).not.toMatch(/planted-secret|authorization|assertion|eyJ/i);
  expect(heard.join("\n")).not.toContain(clientId);
});
