/**
 * The server of the gateway's page: its files, what happens at the gateway as a stream of events, the gateway's HTTP
 * API for who may see the page, and the inspector of a runtime that is shown beside.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isObject } from "../is-object.js";
import { ApiError } from "../serving/api-error.js";
import { answering, sayInJson, sendJson } from "../serving/http-server.js";
import { PageGuard } from "../serving/page-guard.js";
import { securityHeaders } from "../serving/page-headers.js";
import { refuseUpgrade } from "../serving/refuse-upgrade.js";
import { readBody, refuseOtherThanJson } from "../serving/request-body.js";
import { decodedPart, targetOf } from "../serving/request-target.js";
import { openAppSocket } from "./app-socket.js";
import { Apps } from "./apps.js";
import { sendFile } from "./files.js";
import type { Given, ServedPage } from "./given.js";
import { Journal } from "./journal.js";
import { OpenPages } from "./open-pages.js";
import { addressFault, Relay } from "./relay.js";
import type { ListedToken } from "./told.js";

export { addressFault } from "./relay.js";

/** Of the HTTP API what administrators do; connectors and people who sign in have nothing to do here. */
const administered =
  /^\/api\/(registrations|faults|one-time-tokens|clients|stats|disturb|restart|invoke)(\/|$)/;

/** Of many connectors and in any state: nothing that the page shows follows from these. */
const unseen = new Set(["registering", "heartbeat", "heartbeatAnswered", "metrics", "streamOpened"]);

const mostBytes = 4_096;

async function inspectorRoute(relay: Relay, request: IncomingMessage, response: ServerResponse) {
  refuseOtherThanJson(request);
  let body: unknown;
  try {
    body = JSON.parse(await readBody(request, mostBytes));
  } catch (error) {
    if (error instanceof ApiError) throw error;
  }
  const address = isObject(body) ? (body as { address?: unknown }).address : undefined;
  if (address === null) relay.none();
  else {
    if (typeof address !== "string") throw new ApiError(400, "INVALID_FIELD", '"address" must be a text.');
    const fault = addressFault(address);
    if (fault !== undefined) throw new ApiError(400, "INVALID_FIELD", fault);
    await relay.tryToShow(address);
  }
  sendJson(response, 200, relay.shown);
}

export function gatewayPage(given: Given): ServedPage {
  const { gateway, apiUrl, wantsToken } = given;
  const guard = new PageGuard("gateway-page", "page");
  const journal = new Journal();
  const pages = new OpenPages({
    registrations: () => gateway.registrations(),
    journalSince: (number) => journal.since(number),
    parts: () => ({
      facts: { url: gateway.url, apiUrl, wantsToken },
      faults: gateway.faults() as never,
      tokens: given.oneTimeTokens() as readonly ListedToken[],
      inspector: relay.shown,
    }),
  });
  const relay = new Relay(() => pages.changed());
  const apps = new Apps(gateway);
  const leave = gateway.on((event) => {
    if (unseen.has(event.type)) return;
    journal.take(event);
    pages.changed();
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = targetOf(request);
    const { pathname } = target;
    const app = guard.namesUs(request) ? apps.placeOf(target) : undefined;
    if (app) return apps.answer(app, target, request, response);
    guard.refuseStrangers(request, target);
    if (administered.test(pathname)) {
      for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
      return given.api(request, response);
    }
    if (request.method === "POST" && pathname === "/gateway/inspector")
      return inspectorRoute(relay, request, response);
    if (request.method === "POST" && pathname === "/look") return relay.look(target, response);
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new ApiError(405, "METHOD_NOT_ALLOWED", "Only GET is served here.");
    const [, ofApp] = /^\/gateway\/app\/([^/]+)$/.exec(pathname) ?? [];
    if (ofApp) return sendJson(response, 200, { path: apps.pathOf(decodedPart(ofApp)) });
    if (pathname === "/gateway/events") return pages.add(response, securityHeaders);
    if (pathname === "/") guard.remember(response);
    if (await sendFile(given.folder, pathname, response)) return;
    await relay.pass(target, response);
  };

  const upgrade: ServedPage["upgrade"] = (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    try {
      const target = targetOf(request);
      const app = guard.namesUs(request) ? apps.placeOf(target) : undefined;
      if (!app) throw new ApiError(404, "UNKNOWN_PATH", "Only pages of apps open WebSockets here.");
      openAppSocket(given, app, target, { request, socket, head }).catch(() => socket.destroy());
    } catch (error) {
      const { status, message } =
        error instanceof ApiError ? error : new ApiError(400, "INVALID_REQUEST", "The upgrade is malformed.");
      refuseUpgrade(socket, status, message);
    }
  };

  return {
    answer: answering(answer, sayInJson),
    upgrade,
    listensAt: (port) => guard.listensAt(port),
    showInspector: (address) => relay.show(address),
    close() {
      leave();
      pages.close();
      relay.close();
    },
  };
}
