/**
 * Serves the inspector page and its feed on loopback: read-only, behind a random token, without any resource
 * from outside. A viewer that reads slowly loses events, and is told how many.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { invalidConfig } from "../errors.js";
import { startListening } from "../listening.js";
import type { InspectionFeed } from "./feed.js";
import type { InspectionMessage } from "./protocol.js";

/** What the page shows beside the charts. */
export interface InspectedStatus {
  readonly registrations: readonly {
    readonly key: string;
    readonly state: string;
    readonly child: string | null;
    readonly since: number;
    readonly cause: string | null;
    readonly nextAction: { readonly what: string; readonly at: number | null };
  }[];
}

export interface InspectorServerOptions {
  /** `runtime.inspection`, which is undefined for a runtime without `inspect`. */
  readonly feed: InspectionFeed | undefined;
  readonly status: () => InspectedStatus;
  /** Default 0: any free port. */
  readonly port?: number;
}

export interface InspectorServer {
  /** With the token that the page needs. */
  readonly url: string;
  close(): Promise<void>;
}

/** Messages are sent together, at most this often. */
const batchMs = 50;

/** A viewer with more than this unread misses events. */
const maxUnreadBytes = 4 * 1024 * 1024;

const pages: Readonly<Record<string, { file: string; type: string }>> = {
  "/": { file: "index.html", type: "text/html; charset=utf-8" },
  "/inspector.css": { file: "inspector.css", type: "text/css; charset=utf-8" },
  "/page.js": { file: "page.js", type: "text/javascript; charset=utf-8" },
  "/actors.js": { file: "actors.js", type: "text/javascript; charset=utf-8" },
  "/chart.js": { file: "chart.js", type: "text/javascript; charset=utf-8" },
};

const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** The folder of the page: beside the bundles, or where a build left it when the sources run by themselves. */
async function pageFile(name: string): Promise<Buffer> {
  const places = ["./inspector/", "../../dist/inspector/"];
  let failure: unknown;
  for (const place of places) {
    try {
      return await readFile(new URL(place + name, import.meta.url));
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function stream(feed: InspectionFeed, response: ServerResponse): () => void {
  response.writeHead(200, { ...securityHeaders, "content-type": "text/event-stream" });
  let batch: InspectionMessage[] = [...feed.replay()];
  let missed = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    timer = undefined;
    response.write(`data: ${JSON.stringify({ messages: batch, missed })}\n\n`);
    batch = [];
    missed = 0;
  };
  flush();
  const leave = feed.listen((message) => {
    if (response.writableLength > maxUnreadBytes) {
      missed += 1;
      return;
    }
    batch.push(message);
    timer ??= setTimeout(flush, batchMs).unref();
  });
  return () => {
    leave();
    clearTimeout(timer);
  };
}

/**
 * Resolves when it listens. Rejects with IO_ERROR when it cannot, because the port is in use for example, and with
 * INVALID_CONFIG without a feed.
 */
export async function startInspectorServer(options: InspectorServerOptions): Promise<InspectorServer> {
  const { feed } = options;
  if (!feed)
    throw invalidConfig(
      "feed is missing: the runtime keeps nothing to inspect. createRuntime needs inspect: true, and no workers.",
    );
  const token = randomBytes(16).toString("hex");
  let hosts: ReadonlySet<string> = new Set();

  const isAllowed = (request: IncomingMessage, url: URL): boolean => {
    const cookie = /(?:^|;\s*)inspector=([0-9a-f]+)/.exec(request.headers.cookie ?? "")?.[1];
    const given = Buffer.from(url.searchParams.get("token") ?? cookie ?? "");
    // The Host header is checked so that a page elsewhere cannot reach us through a name of its own.
    return (
      hosts.has(request.headers.host ?? "") &&
      given.length === token.length &&
      timingSafeEqual(given, Buffer.from(token))
    );
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://inspector");
    if (!isAllowed(request, url)) {
      response
        .writeHead(403, { ...securityHeaders, "content-type": "text/plain" })
        .end("Open the address that was printed, with its token.\n");
      return;
    }
    if (url.pathname === "/events") {
      request.once("close", stream(feed, response));
      return;
    }
    if (url.pathname === "/status") {
      response
        .writeHead(200, { ...securityHeaders, "content-type": "application/json" })
        .end(JSON.stringify(options.status()));
      return;
    }
    const page = pages[url.pathname];
    if (!page) {
      response
        .writeHead(404, { ...securityHeaders, "content-type": "text/plain" })
        .end("There is no such page.\n");
      return;
    }
    const body = await pageFile(page.file);
    const cookie = `inspector=${token}; HttpOnly; SameSite=Strict; Path=/`;
    response
      .writeHead(200, { ...securityHeaders, "content-type": page.type, "set-cookie": cookie })
      .end(body);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      response.writeHead(500, securityHeaders).end("The page is missing: build it with npm run build.\n");
    });
  });
  const setting = "port (--inspect-port)";
  await startListening(server, { host: "127.0.0.1", port: options.port ?? 0, setting });
  const { port } = server.address() as AddressInfo;
  hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  return {
    url: `http://127.0.0.1:${port}/?token=${token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
