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
import { readBody, refuseOtherThanJson } from "../serving/request-body.js";
import { targetOf } from "../serving/request-target.js";
import { sendFile } from "./files.js";
import type { Given, ServedPage } from "./given.js";
import { Journal } from "./journal.js";
import { addressFault, Relay } from "./relay.js";
import type { ListedToken } from "./told.js";
import { Viewers } from "./viewers.js";

export { addressFault } from "./relay.js";

/** Of the HTTP API what administrators do; connectors and people who sign in have nothing to do here. */
const administered = /^\/api\/(registrations|faults|one-time-tokens|clients|stats|disturb|restart)(\/|$)/;

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
  const viewers = new Viewers({
    registrations: () => gateway.registrations(),
    journalSince: (number) => journal.since(number),
    parts: () => ({
      facts: { url: gateway.url, apiUrl, wantsToken },
      faults: gateway.faults() as never,
      tokens: given.oneTimeTokens() as readonly ListedToken[],
      inspector: relay.shown,
    }),
  });
  const relay = new Relay(() => viewers.changed());
  const leave = gateway.on((event) => {
    if (unseen.has(event.type)) return;
    journal.take(event);
    viewers.changed();
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const target = targetOf(request);
    const { pathname } = target;
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
    if (pathname === "/gateway/events") return viewers.add(response, securityHeaders);
    if (pathname === "/") guard.remember(response);
    if (await sendFile(given.folder, pathname, response)) return;
    await relay.pass(target, response);
  };

  return {
    answer: answering(answer, sayInJson),
    listensAt: (port) => guard.listensAt(port),
    showInspector: (address) => relay.show(address),
    close() {
      leave();
      viewers.close();
      relay.close();
    },
  };
}
