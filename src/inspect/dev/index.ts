/** What the inspector's server answers besides charts and status. Part of mooring-dev. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestSource } from "../../execution/request-tap.js";
import { ApiError } from "../../serving/api-error.js";
import type { ControlledRuntime } from "../controlled.js";
import { PageControl } from "./control.js";
import { requestsSender } from "./requests/sender.js";

/** Answers a request that was let in. False: it is for somebody else. */
export type PageCall = (request: IncomingMessage, response: ServerResponse, target: URL) => Promise<boolean>;

interface Served {
  /** Undefined: the page only watches. */
  readonly control: ControlledRuntime | undefined;
  /** Undefined: nothing takes requests. */
  readonly requests: RequestSource | undefined;
  /** Of every response. */
  readonly headers: Readonly<Record<string, string>>;
}

export function pageCalls({ control, requests, headers }: Served): PageCall {
  const page = new PageControl(control);
  const send = requests && requestsSender(requests);
  const sendRequests = ({ method }: IncomingMessage, response: ServerResponse): void => {
    if (method !== "GET") throw new ApiError(405, "METHOD_NOT_ALLOWED", "Only GET is served.");
    if (!send) throw new ApiError(404, "NO_REQUESTS", "What this inspector shows takes no requests.");
    send(response.writeHead(200, { ...headers, "content-type": "text/event-stream" }));
  };
  return async (request, response, target) => {
    try {
      if (target.pathname === "/control") await page.answer(request, response, target);
      else if (target.pathname === "/requests") sendRequests(request, response);
      else return false;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Another bundle's errors are of another class: said here.
      response
        .writeHead(error.status, { ...headers, "content-type": "text/plain" })
        .end(`${error.message}\n`);
    }
    return true;
  };
}
