/** Every server of ours, and a client that says raw bytes to it. */
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { serveControl, startInspectorServer } from "mooring";
import { startGateway } from "mooring/gateway";
import { startCallbackServer } from "../../src/sign-in/callback-server.js";
import { authority } from "../support/certificates.js";
import { quietFeed } from "../support/quiet-feed.js";

export interface Served {
  /** What the client names as its host. */
  readonly host: string;
  /** A path that is answered with 200. */
  readonly good: string;
  readonly open: () => Socket;
  readonly close: () => Promise<unknown>;
}

const at = (url: string): { host: string; port: number } => {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
};

async function control(): Promise<Served> {
  const directory = await mkdtemp(join(tmpdir(), "mooring-serving-"));
  const path = join(directory, "c.sock");
  const status = { registrations: [{ key: "a.b.c" }] } as never;
  const server = await serveControl({ status: () => status, explain: () => "", journal: () => [] }, path);
  const close = async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { host: "localhost", good: "/status", open: () => connect({ path }), close };
}

async function inspector(): Promise<Served> {
  const server = await startInspectorServer({
    feed: quietFeed(),
    status: () => ({ registrations: [] }),
  });
  const { host, search } = new URL(server.url);
  const good = `/status${search}`;
  return { host, good, open: () => connect(at(server.url)), close: () => server.close() };
}

async function gateway(): Promise<Served> {
  const server = await startGateway();
  const { host } = new URL(server.httpUrl);
  return { host, good: "/healthz", open: () => connect(at(server.httpUrl)), close: () => server.close() };
}

async function secureGateway(): Promise<Served> {
  const root = await authority();
  const server = await startGateway({ tls: await root.issue("localhost", "127.0.0.1") });
  const { host } = new URL(server.httpUrl);
  const open = () => connectTls({ ...at(server.httpUrl), ca: root.ca, ALPNProtocols: ["http/1.1"] });
  return { host, good: "/healthz", open, close: () => server.close() };
}

async function tokenServer(): Promise<Served> {
  const server = await startGateway();
  const { host, pathname } = new URL(server.realmUrl);
  const good = `${pathname}/.well-known/openid-configuration`;
  return { host, good, open: () => connect(at(server.httpUrl)), close: () => server.close() };
}

async function callback(): Promise<Served> {
  const server = await startCallbackServer();
  const ending = new AbortController();
  const waited = server.wait(async () => ({ foreign: true as const }), 60_000, ending.signal).catch(() => {});
  const { host, pathname } = new URL(server.redirectUri);
  const close = async () => {
    ending.abort();
    await waited;
    await server.close();
  };
  return { host, good: pathname, open: () => connect(at(server.redirectUri)), close };
}

export const servers = { control, inspector, gateway, secureGateway, tokenServer, callback };

export interface Reply {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

const finalStatus = (text: string): number => {
  const statuses = [...text.matchAll(/(?:^|\r\n)HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  return statuses.find((status) => status >= 200) ?? 0;
};

/** Sends the bytes and reads until the first answer is complete, or the connection ends. */
export function say(served: Served, ...parts: readonly (string | Buffer)[]): Promise<Reply> {
  return new Promise((resolve) => {
    const socket = served.open();
    let text = "";
    const done = () => {
      socket.destroy();
      const [head = "", ...body] = text.split("\r\n\r\n");
      resolve({ status: finalStatus(text), head, body: body.join("\r\n\r\n") });
    };
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      text += chunk;
      const [head = "", body = ""] = text.split("\r\n\r\n");
      const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
      const isChunked = /\r\ntransfer-encoding: chunked/i.test(head);
      if (length !== undefined ? body.length >= Number(length) : isChunked && text.endsWith("0\r\n\r\n"))
        done();
    });
    socket.on("error", () => {});
    socket.on("close", done);
    for (const part of parts) socket.write(part);
  });
}

/** A request as a program sends it. */
export const request = (served: Served, line: string, headers: readonly string[] = [], body = ""): string =>
  [`${line} HTTP/1.1`, `Host: ${served.host}`, ...headers, "", body].join("\r\n");
