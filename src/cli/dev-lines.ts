/** What `mooring dev` says of an event: something for what a person cares about, nothing per heartbeat. */
import { textOf } from "../errors.js";
import type { GatewayEvent } from "../gateway/index.js";
import { printable } from "./foreign-text.js";

/** An unpaired id is long; its beginning tells requests apart. */
const shortId = (requestId: string) => printable(requestId, 8);

const waits = { approval: ", waits for approval", connection: ", waits for the connector" } as const;

function requestLine(event: GatewayEvent): string | undefined {
  switch (event.type) {
    case "requested": {
      const tool = event.capabilityId ? ` ${printable(event.capabilityId)}` : "";
      return `request ${shortId(event.requestId)}${tool}${event.waitsFor ? waits[event.waitsFor] : ""}`;
    }
    case "answered": {
      const how = event.success ? "answered" : `failed (${printable(event.error)})`;
      return `request ${shortId(event.requestId)} ${how} in ${event.durationMs} ms`;
    }
    case "unanswered":
      return `request ${shortId(event.requestId)} not answered: ${printable(textOf(event.error), 500)}`;
    default:
      return undefined;
  }
}

function connectorLine(event: GatewayEvent): string | undefined {
  switch (event.type) {
    case "registered":
      if (event.state === "approved") return "registered";
      return `registered, waiting for approval${event.why ? ` (${printable(event.why)})` : ""}`;
    case "refused":
      return `refused: ${printable(event.why)}`;
    case "streamClosed":
      return event.replaced ? "replaced by a newer stream" : "stream closed";
    default:
      return undefined;
  }
}

function clientLine({ clientId, key }: Extract<GatewayEvent, { type: "clientRefused" }>): string {
  if (key !== undefined) return `${printable(key)}  refused a token: its client was revoked`;
  return `client ${printable(clientId)}  refused a token: this gateway does not know it, perhaps since a restart without --state. Where its connector runs, mooring explain says what to do`;
}

/** `approving`: the command that approves a registration. `quiet`: no requests. */
export function devLines(
  event: GatewayEvent,
  { approving, quiet }: { readonly approving: (key: string) => string; readonly quiet: boolean },
): readonly string[] {
  if (event.type === "stateNotSaved") return [`state not saved: ${printable(textOf(event.error), 1_000)}`];
  if (event.type === "clientRefused") return [clientLine(event)];
  const text = connectorLine(event) ?? (quiet ? undefined : requestLine(event));
  if (text === undefined || !("key" in event) || event.key === undefined) return [];
  const line = `${printable(event.key)}  ${text}`;
  const waiting = event.type === "registered" && event.state === "pending";
  return waiting ? [`${line}; approve it with:`, `  ${approving(event.key)}`] : [line];
}
