/** The doctor at an address of WebSocket: the upgrade and the join, as a connector makes them. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { type Finding, runChecks } from "../../src/doctor/index.js";
import { authority } from "../support/certificates.js";

const told = (findings: readonly Finding[], words: string) =>
  findings.find(({ what }) => what.includes(words));

async function served(answer: RequestListener, take?: (server: WebSocketServer) => void): Promise<string> {
  const server = createServer(answer);
  if (take) {
    const sockets = new WebSocketServer({ server });
    take(sockets);
    onTestFinished(() => {
      for (const one of sockets.clients) one.terminate();
    });
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("finds a gateway that speaks it right, in the clear", async () => {
  const gateway = await startGateway();
  onTestFinished(() => gateway.close());
  const findings = await runChecks({ env: {}, url: gateway.url.replace("grpc://", "ws://") });
  expect(told(findings, "WebSocket:")).toMatchObject({ level: "ok" });
  expect(findings.filter(({ what }) => what.includes("gRPC"))).toEqual([]);
  expect(told(findings, "the HTTP API")).toMatchObject({ level: "ok" });
});

it("finds one with a private authority right, and says it when nobody trusts that", async () => {
  const issuer = await authority("CN=Doctor CA");
  const gateway = await startGateway({ tls: await issuer.issue("localhost") });
  onTestFinished(() => gateway.close());
  const url = `wss://localhost:${gateway.port}`;
  const folder = await mkdtemp(join(tmpdir(), "mooring-doctor-ws-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "ca.pem"), issuer.ca);
  const findings = await runChecks({ env: { MATRIX_TLS_CA_CERT: join(folder, "ca.pem") }, url });
  expect(told(findings, "WebSocket:")).toMatchObject({ level: "ok" });
  expect(told(await runChecks({ env: {}, url }), "TLS does not open")).toMatchObject({ level: "fail" });
});

it.each<[string, (server: WebSocketServer) => void, string]>([
  [
    "a refused join",
    (server) => answering(server, { status: "error", response: { reason: "not you" } }),
    "JOIN_REFUSED",
  ],
  ["a close", (server) => server.on("connection", (socket) => socket.close(1008, "no")), "WS_1008"],
])("tells %s", async (_, take, words) => {
  const url = await served((_request, response) => response.end(), take);
  const found = told(await runChecks({ env: {}, url }), "WebSocket:");
  expect(found).toMatchObject({ level: "fail" });
  expect(JSON.stringify(found)).toContain(words);
});

it("tells a server that knows no WebSocket", async () => {
  const url = await served((_request, response) => response.writeHead(404).end());
  const found = told(await runChecks({ env: {}, url }), "WebSocket:");
  expect(found).toMatchObject({ level: "fail" });
  expect(found?.what).toContain("HTTP_404");
});

function answering(server: WebSocketServer, payload: object): void {
  server.on("connection", (socket) =>
    socket.on("message", (data) => {
      const [joinRef, ref, topic] = JSON.parse(String(data)) as string[];
      socket.send(JSON.stringify([joinRef, ref, topic, "phx_reply", payload]));
    }),
  );
}
