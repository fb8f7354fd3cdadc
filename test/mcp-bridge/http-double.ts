/** A server of the Model Context Protocol over streamable HTTP that forgets its sessions when it is told to. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import {
  createMcpHandler,
  isInitializeRequest,
  McpServer,
  type ServerContext,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { onTestFinished } from "vitest";
import * as z from "zod";

export type Revision = "2025-11-25" | "2026-07-28";

export interface HttpDoubleOptions {
  readonly revision: Revision;
  /** How calls are answered. Progress travels in an event stream only. */
  readonly answers: "json" | "events";
  /** The `authorization` without which everything is refused. */
  readonly authorization?: string;
}

/** What was asked, as far as tests look at it. */
interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

const text = (words: string) => ({ content: [{ type: "text" as const, text: words }] });

/** What outlives a restart. */
class World {
  readonly happened: string[] = [];
  /** Beside those that are always there. */
  readonly more: string[] = [];
  goOn = () => {};
  changed = (_name: string) => {};

  grow(): void {
    const name = this.more.length === 0 ? "grown" : "grown-more";
    this.more.push(name);
    this.changed(name);
  }
}

function serverOf(world: World): McpServer {
  const server = new McpServer({ name: "over-http", version: "1.0.0" });
  server.registerTool("say", { inputSchema: z.object({ words: z.string() }) }, ({ words }) => {
    world.happened.push(`said ${words}`);
    return text(words);
  });
  server.registerTool("wait", {}, (context: ServerContext) => {
    world.happened.push("waiting");
    return new Promise((resolve) => {
      context.mcpReq.signal.addEventListener("abort", () => {
        world.happened.push("cancelled");
        resolve(text("cancelled"));
      });
    });
  });
  server.registerTool("step", {}, async (context: ServerContext) => {
    const progressToken = context.mcpReq._meta?.progressToken ?? "";
    const goOn = new Promise<void>((resolve) => {
      world.goOn = resolve;
    });
    await context.mcpReq.notify({
      method: "notifications/progress",
      params: { progressToken, progress: 1, total: 2, message: "half" },
    });
    await goOn;
    return text("done");
  });
  server.registerTool("go", {}, () => {
    world.goOn();
    return text("going");
  });
  server.registerTool("grow", {}, () => {
    world.grow();
    return text("grown");
  });
  for (const name of world.more) server.registerTool(name, {}, () => text("new"));
  return server;
}

async function webRequest(url: string, request: IncomingMessage): Promise<Request> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  const gone = new AbortController();
  request.socket.once("close", () => gone.abort());
  const chunks: Buffer[] = await request.toArray();
  return new Request(url, {
    method: request.method ?? "GET",
    headers,
    signal: gone.signal,
    ...(request.method === "POST" ? { body: Buffer.concat(chunks) } : {}),
  });
}

async function send(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.flushHeaders();
  if (answer.body) await pipeline(Readable.fromWeb(answer.body as ReadableStream), response);
  else response.end();
}

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly server: McpServer;
}

/** Sessions of the earlier revision. */
class Sessions {
  readonly #world: World;
  readonly #json: boolean;
  readonly #open = new Map<string, Session>();

  constructor(world: World, json: boolean) {
    this.#world = world;
    this.#json = json;
  }

  async answer(request: Request): Promise<Response> {
    const id = request.headers.get("mcp-session-id");
    const known = id === null ? undefined : this.#open.get(id);
    if (known) return known.transport.handleRequest(request);
    if (id !== null) return this.#refused(404, "Session not found");
    const body: unknown = await request.clone().json();
    if (!isInitializeRequest(body))
      return this.#refused(400, "Bad Request: Mcp-Session-Id header is required");
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: this.#json,
      onsessioninitialized: (session) => void this.#open.set(session, { transport, server }),
      onsessionclosed: (session) => void this.#open.delete(session),
    });
    const server = serverOf(this.#world);
    await server.connect(transport);
    return transport.handleRequest(request);
  }

  add(name: string): void {
    for (const { server } of this.#open.values()) server.registerTool(name, {}, () => text("new"));
  }

  forget(): void {
    this.#open.clear();
  }

  get ids(): readonly string[] {
    return [...this.#open.keys()];
  }

  #refused(status: number, message: string): Response {
    return Response.json({ jsonrpc: "2.0", id: null, error: { code: -32_000, message } }, { status });
  }
}

export async function httpDouble({ revision, answers, authorization }: HttpDoubleOptions) {
  const world = new World();
  const sessions = new Sessions(world, answers === "json");
  const handler = createMcpHandler(() => serverOf(world), {
    legacy: "reject",
    // A single JSON body, unless something is told before the result.
    responseMode: answers === "json" ? "auto" : "sse",
  });
  world.changed = (name) => {
    if (revision === "2026-07-28") handler.notify.toolsChanged();
    else sessions.add(name);
  };
  const asked: Asked[] = [];
  let url = "";

  const answer = async (incoming: IncomingMessage): Promise<Response> => {
    asked.push({ method: incoming.method ?? "", headers: incoming.headers });
    if (authorization !== undefined && incoming.headers.authorization !== authorization)
      return Response.json({ error: "unauthorized" }, { status: 401 });
    const request = await webRequest(url, incoming);
    return revision === "2026-07-28" ? handler.fetch(request) : sessions.answer(request);
  };
  const listen = async (port: number) => {
    const server = createServer((request, response) => {
      answer(request)
        .then((one) => send(one, response))
        .catch(() => response.destroy());
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}/mcp`;
  const stop = async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    sessions.forget();
  };
  onTestFinished(async () => {
    if (server.listening) await stop();
    await handler.close();
  });
  return {
    url,
    asked,
    happened: world.happened,
    grow: () => world.grow(),
    sessions: () => sessions.ids,
    /** As a new process would: connections are cut, sessions forgotten. */
    stop,
    start: async () => {
      server = await listen(port);
    },
    /** Forgets the sessions only: the next request of each gets 404. */
    forget: () => sessions.forget(),
  };
}
