/** Connectors with pages: files of a folder, and a web-standard handler for everything else. */
import { invalidConfig } from "../../errors.js";
import { ConnectorBehavior, PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { checkOptions } from "../../options/check.js";
import { checkRange } from "../../options/ranges.js";
import { type PagePayload, problemPage } from "../../protocol/pages.js";
import { roomFor } from "../answer-room.js";
import type { Connector, ConnectorRequest, RequestContext } from "../connector.js";
import { fixed } from "../description.js";
import { faultFacts } from "../unexpected-error.js";
import { type AppBackend, backendRelay } from "./backend.js";
import { type AppFetch, fetchedPage, UnusableResponse } from "./fetch-page.js";
import { filePage } from "./file-page.js";
import { Folder } from "./folder.js";
import { type AppManifest, manifestOnWire } from "./manifest.js";
import { appCall, manifestCall } from "./option-table.js";
import { fitting } from "./page.js";
import { isPageRequest, type PageRequest, pageRequestOf } from "./page-request.js";

/** Options of {@link appConnector}: the app's manifest, and what answers for it. */
export interface AppOptions extends AppManifest {
  /**
   * The connector type.
   * @default `app-` and the name in small letters, with `-` for each space
   */
  readonly type?: string;
  /**
   * A folder of files, which answer before `fetch`. Nothing outside of it is served, and no file or folder whose name
   * begins with a dot.
   * @default none
   */
  readonly static?: string | URL;
  /**
   * Where neither a file nor `fetch` answers, and the last part of the path has no dot, the folder's `index.html` does:
   * for an app whose script reads the path.
   * @default false
   */
  readonly spaFallback?: boolean;
  /**
   * Answers page requests that no file answers: a `Request` in, a `Response` out, as of Hono or any other web-standard
   * framework. Undefined: 404.
   * @default none
   */
  readonly fetch?: AppFetch;
  /**
   * Takes the WebSockets that the app's pages open: a function as `relay` of a connector, or the address of a server
   * that they lead to.
   * @default none are taken
   */
  readonly webSocket?: NonNullable<Connector["relay"]> | string | URL | AppBackend;
  /**
   * Several apps of this connector, in place of the fields of one; `name` and `version` are then the connector's.
   * @default one app, by the fields beside
   */
  readonly manifests?: readonly AppManifest[];
  /**
   * Limit for one page, also advertised.
   * @default 10,000 ms
   */
  readonly timeoutMs?: number;
  /**
   * Texts shown with the connector.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

interface Served {
  readonly folder: Folder | undefined;
  readonly fallsBack: boolean;
  readonly fetch: AppFetch | undefined;
}

const isRead = ({ method }: PageRequest): boolean => method === "GET" || method === "HEAD";

/** A path of pages, not of files. */
const isPagePath = ({ path }: PageRequest): boolean => !/\.[^/]*$/.test(path);

async function fileAt(
  folder: Folder | undefined,
  path: string,
  request: PageRequest,
  room: number,
): Promise<PagePayload | undefined> {
  const found = isRead(request) ? await folder?.find(path) : undefined;
  return found && filePage(found, request, room);
}

async function pageFor(served: Served, request: PageRequest, context: RequestContext): Promise<PagePayload> {
  const { folder, fetch, fallsBack } = served;
  const room = roomFor(context);
  const page =
    (await fileAt(folder, request.path, request, room)) ??
    (fetch && (await fetchedPage(fetch, request, context, room))) ??
    (fallsBack && isPagePath(request) ? await fileAt(folder, "/", request, room) : undefined);
  return fitting(page ?? problemPage(404), room);
}

/** Of a path so many characters are logged. */
const mostPath = 200;

/** Whatever goes wrong is a page: a failed request would say that the connector is broken. */
async function answer(
  served: Served,
  request: ConnectorRequest,
  context: RequestContext,
): Promise<PagePayload> {
  const asked = pageRequestOf(request);
  if ("problem" in asked) return problemPage(400, asked.problem);
  try {
    return await pageFor(served, asked, context);
  } catch (error) {
    // It was given up; its answer is decided.
    if (context.signal.aborted) throw error;
    const { registration } = context;
    const facts = {
      ...(registration === undefined ? {} : { registration }),
      path: asked.path.slice(0, mostPath),
      ...faultFacts(request.requestId, error),
    };
    if (error instanceof UnusableResponse)
      context.logger.error(facts, `an app's page cannot be sent: ${error.message}`);
    else context.logger.error(facts, "a handler of an app's pages threw an unexpected error");
    return problemPage(500, "The app could not make this page. Its log says why.");
  }
}

/** With several apps, each has its own: what would be of one alone is a mistake. */
function manifestMetadata({ manifests, ...options }: AppOptions): Record<string, string> {
  if (manifests === undefined) return { app_manifest: JSON.stringify(manifestOnWire(options)) };
  if (manifests.length === 0) throw invalidConfig("manifests must have at least one manifest.");
  for (const name of Object.keys(manifestCall.table))
    if (!["name", "version"].includes(name) && options[name as keyof AppManifest] !== undefined)
      throw invalidConfig(`${name} beside manifests is of no app: give it in one of the manifests.`);
  return { app_manifests: JSON.stringify(manifests.map((one, i) => manifestOnWire(one, `manifests[${i}]`))) };
}

function relayOf({ webSocket }: AppOptions): Pick<Connector, "relay"> {
  if (webSocket === undefined) return {};
  return { relay: typeof webSocket === "function" ? webSocket : backendRelay(webSocket) };
}

function checkApp(options: AppOptions): void {
  checkOptions(options, appCall);
  if (!options.name.trim()) throw invalidConfig("name is required: the app's name, as people see it.");
  if (options.type !== undefined && !options.type.trim())
    throw invalidConfig("type must not be empty: leave it out, and it follows from the name.");
  checkRange("timeoutMs", options.timeoutMs, appCall.table.timeoutMs);
  if (options.spaFallback && options.static === undefined)
    throw invalidConfig("spaFallback needs static: it answers with the index.html there.");
  if (!options.static && !options.fetch && !options.webSocket)
    throw invalidConfig("an app needs static, fetch or webSocket: nothing would answer for it.");
}

/**
 * A connector of pages. A page request is answered by a file of `static`, else by `fetch`, else by a page with the
 * status 404. Throws INVALID_CONFIG that names the option.
 *
 * @example
 * ```ts
 * import { appConnector, createRuntime } from "mooring";
 *
 * const app = appConnector({
 *   name: "Sales",
 *   icon: "hero-chart-bar",
 *   fetch: (request) => {
 *     const { pathname, searchParams } = new URL(request.url);
 *     if (pathname === "/data") return Response.json({ year: searchParams.get("year") ?? "2026" });
 *     return undefined; // 404
 *   },
 * });
 * createRuntime().add({ tenantId: "acme", instanceId: "sales-1", connector: app });
 * ```
 */
export function appConnector(options: AppOptions): Connector {
  checkApp(options);
  const { name, version = "1.0.0", fetch, spaFallback = false } = options;
  const timeoutMs = options.timeoutMs ?? appCall.table.timeoutMs.default;
  const served: Served = {
    folder: options.static === undefined ? undefined : new Folder(options.static),
    fallsBack: spaFallback,
    fetch,
  };
  return {
    connectorType: options.type ?? `app-${name.toLowerCase().replaceAll(" ", "-")}`,
    version,
    ...fixed({
      behaviors: [ConnectorBehavior.APP],
      supportedEncodings: [PayloadEncoding.JSON],
      metadata: { ...options.metadata, ...manifestMetadata(options), timeout_ms: String(timeoutMs) },
      taskTypes: [],
    }),
    timeoutMs,
    takes: isPageRequest,
    execute: (request, context) => answer(served, request, context),
    ...relayOf(options),
  };
}
