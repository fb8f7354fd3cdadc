/**
 * Serves the inspector page and its feed on loopback: read-only, behind a random token, without any resource
 * from outside.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { invalidConfig } from "../errors.js";
import { startListening } from "../network/listening.js";
import { type Call, checkOptions } from "../options/check.js";
import { judged } from "../options/kinds.js";
import { functionRow, portRow, type Rows, row } from "../options/rows.js";
import { ApiError } from "../serving/api-error.js";
import { answering, closeServer, httpServer } from "../serving/http-server.js";
import { pageFile } from "../serving/page-file.js";
import { PageGuard } from "../serving/page-guard.js";
import { securityHeaders } from "../serving/page-headers.js";
import { targetOf } from "../serving/request-target.js";
import { inspectorFolder } from "../tools.js";
import type { ControlledRuntime } from "./controlled.js";
import { EventStreams, lookOf } from "./event-streams.js";
import type { InspectionFeed } from "./feed.js";
import type { InspectedRegistration } from "./feed-messages.js";
import { loadPageCalls } from "./page-calls.js";
import { answerRecorded } from "./recorded.js";

/** What the page shows beside the charts. */
export interface InspectedStatus {
  /** What is shown of each registration. */
  readonly registrations: readonly InspectedRegistration[];
}

/** Options of `startInspectorServer`. */
export interface InspectorServerOptions {
  /** `runtime.inspection`, which is undefined for a runtime without `inspect`. */
  readonly feed: InspectionFeed | undefined;
  /** What the page shows beside the charts: `() => runtime.status()`. */
  readonly status: () => InspectedStatus;
  /**
   * What is recorded, for the past: `() => runtime.recording()`.
   * @default nothing: the page shows what is live, and files
   */
  readonly recording?: () => AsyncIterable<string>;
  /**
   * Port to listen on. 0: any free port.
   * @default 0
   */
  readonly port?: number;
  /**
   * The runtime itself, to let who has the page pause, resume, restart, retry and remove registrations and drain the
   * runtime.
   * @default the page only watches
   */
  readonly control?: ControlledRuntime;
}

/** The inspector page, served. */
export interface InspectorServer {
  /** With the token that the page needs. */
  readonly url: string;
  /** Stops serving. Resolves when every connection is closed. */
  close(): Promise<void>;
}

/** Of `startInspectorServer`, a row for each option. */
export const inspectorServerCall = {
  name: "startInspectorServer()",
  table: {
    feed: row(judged, {
      says: "`runtime.inspection`, which is undefined for a runtime without `inspect`.",
      takes: "inspection feed",
      required: true,
    }),
    status: functionRow({
      says: "What the page shows beside the charts: `() => runtime.status()`.",
      required: true,
    }),
    recording: functionRow({
      says: "What is recorded, for the past: `() => runtime.recording()`.",
      usually: "nothing: the page shows what is live, and files",
    }),
    port: portRow,
    control: row(judged, {
      says: "The runtime itself, to let who has the page pause, resume, restart, retry and remove registrations and drain the runtime.",
      takes: "runtime",
      usually: "the page only watches",
    }),
  } satisfies Rows<InspectorServerOptions>,
  required: { status: "() => runtime.status()" },
} satisfies Call;

const pages: ReadonlyMap<string, { file: string; type: string }> = new Map([
  ["/", { file: "index.html", type: "text/html; charset=utf-8" }],
  ["/page.css", { file: "page.css", type: "text/css; charset=utf-8" }],
  ["/page.js", { file: "page.js", type: "text/javascript; charset=utf-8" }],
  ["/charts.json", { file: "charts.json", type: "application/json" }],
  ["/machines.json", { file: "machines.json", type: "application/json" }],
]);

/** The status of all registrations, or of one. */
function statusOf({ registrations }: InspectedStatus, key: string | null): InspectedStatus {
  return { registrations: registrations.filter((one) => key === null || one.key === key) };
}

function sayProblem(response: ServerResponse, { status, message }: ApiError): void {
  response.writeHead(status, { ...securityHeaders, "content-type": "text/plain" }).end(`${message}\n`);
}

export async function serveInspector(options: InspectorServerOptions): Promise<InspectorServer> {
  checkOptions(options, inspectorServerCall);
  const { feed } = options;
  if (!feed)
    throw invalidConfig(
      "feed is missing: the runtime keeps nothing to inspect. createRuntime needs inspect: true, and no workers.",
    );
  const folder = inspectorFolder();
  const answerCall = await loadPageCalls(feed, options.control, securityHeaders);
  const guard = new PageGuard("inspector", "all");
  const streams = new EventStreams(feed);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = targetOf(request);
    guard.refuseStrangers(request, target);
    if (await answerCall(request, response, target)) return;
    if (target.pathname === "/look" && request.method === "POST") {
      streams.look(target.searchParams.get("viewer"), lookOf(target.searchParams));
      return void response.writeHead(204, securityHeaders).end();
    }
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new ApiError(405, "METHOD_NOT_ALLOWED", "Only GET is served, and POST /look.");
    if (target.pathname === "/events") return streams.open(response);
    if (target.pathname === "/status") {
      const body = JSON.stringify(statusOf(options.status(), target.searchParams.get("key")));
      return void response
        .writeHead(200, { ...securityHeaders, "content-type": "application/json" })
        .end(body);
    }
    if (await answerRecorded(target, request, response, securityHeaders, options.recording)) return;
    const page = pages.get(target.pathname);
    if (!page) throw new ApiError(404, "UNKNOWN_PAGE", "There is no such page.");
    const body = await pageFile(folder, page.file);
    guard.remember(response);
    response.writeHead(200, { ...securityHeaders, "content-type": page.type }).end(body);
  };

  const server = httpServer(answering(answer, sayProblem));
  const setting = "port (--inspect-port)";
  await startListening(server, { host: "127.0.0.1", port: options.port ?? portRow.default, setting });
  const { port } = server.address() as AddressInfo;
  return {
    url: guard.listensAt(port),
    close: () => closeServer(server),
  };
}
