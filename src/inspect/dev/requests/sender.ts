/** Sends viewers what happens to requests, as a stream of events. */
import type { ServerResponse } from "node:http";
import type { RequestSource } from "../../../execution/request-tap.js";
import { RequestSpans } from "./request-spans.js";

/** A viewer with more than this unread is cut off: it comes again, and is told all anew. */
const mostUnreadBytes = 4 * 1024 * 1024;

export type SendRequests = (response: ServerResponse) => void;

/** Has each viewer, whose response has its head, told until it leaves. */
export function requestsSender(source: RequestSource): SendRequests {
  const spans = new RequestSpans(source);
  return (response) => {
    const leave = spans.watch((message) => {
      if (response.writableLength > mostUnreadBytes) response.destroy();
      else response.write(`data: ${JSON.stringify(message)}\n\n`);
    });
    response.once("close", leave);
  };
}
