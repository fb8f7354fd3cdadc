// The connector of the campaign. A module of its own, so that workers can load it too.
import { requestResponseConnector } from "mooring";

/** Answers with what it was asked; `afterMs` later, and `bytes` longer, when the request says so. */
export const echo = requestResponseConnector({
  type: "echo",
  version: "1.0.0",
  execute: (request) => {
    const asked = request.json();
    const answer = { id: asked.id, filling: "x".repeat(asked.bytes) };
    if (asked.afterMs === 0) return answer;
    return new Promise((resolve) => setTimeout(resolve, asked.afterMs, answer));
  },
});
