/** The newest of what has happened at the gateway, in words. */
import { textOf } from "../errors.js";
import type { GatewayEvent } from "../gateway/gateway.js";
import type { JournalEntry } from "./told.js";

const kept = 300;
const longest = 500;

type Said = Pick<JournalEntry, "words" | "tone"> & { readonly key?: string | undefined };

const shortId = (requestId: string) => requestId.slice(0, 8);

function connectorSaid(event: GatewayEvent): Said | undefined {
  switch (event.type) {
    case "registered":
      return event.state === "approved"
        ? { key: event.key, words: "registered", tone: "good" }
        : { key: event.key, words: `waits for approval${event.why ? `: ${event.why}` : ""}`, tone: "warm" };
    case "refused":
      return { key: event.key, words: `refused: ${event.why}`, tone: "bad" };
    case "clientRefused":
      return { key: event.key, words: `refused a token: client ${event.clientId}`, tone: "bad" };
    case "streamClosed":
      if (event.key === undefined) return undefined;
      return {
        key: event.key,
        words: event.replaced ? "replaced by a newer stream" : "stream closed",
        tone: "warm",
      };
    default:
      return undefined;
  }
}

function requestSaid(event: GatewayEvent): Said | undefined {
  switch (event.type) {
    case "requested": {
      const waits = event.waitsFor === null ? "" : `, waits for ${event.waitsFor}`;
      const tool = event.capabilityId && ` ${event.capabilityId}`;
      return { key: event.key, words: `request ${shortId(event.requestId)}${tool}${waits}`, tone: "off" };
    }
    case "answered":
      return event.success
        ? {
            key: event.key,
            words: `request ${shortId(event.requestId)} answered in ${event.durationMs} ms`,
            tone: "off",
          }
        : {
            key: event.key,
            words: `request ${shortId(event.requestId)} failed: ${event.error}`,
            tone: "bad",
          };
    case "unanswered":
      return {
        key: event.key,
        words: `request ${shortId(event.requestId)} not answered: ${textOf(event.error)}`,
        tone: "bad",
      };
    default:
      return undefined;
  }
}

function said(event: GatewayEvent): Said | undefined {
  if (event.type === "administered")
    return { key: event.key, words: `administrator: ${event.what}`, tone: "off" };
  if (event.type === "fault") return { words: `fault took effect: ${event.name}`, tone: "bad" };
  if (event.type === "stateNotSaved")
    return { words: `state not saved: ${textOf(event.error)}`, tone: "bad" };
  return connectorSaid(event) ?? requestSaid(event);
}

export class Journal {
  #entries: JournalEntry[] = [];
  #count = 0;

  take(event: GatewayEvent): void {
    const one = said(event);
    if (!one) return;
    this.#count += 1;
    this.#entries.push({
      number: this.#count,
      at: Date.now(),
      key: one.key ?? null,
      words: one.words.slice(0, longest),
      tone: one.tone,
    });
    if (this.#entries.length > 2 * kept) this.#entries = this.#entries.slice(-kept);
  }

  /** The newest that came after that number. */
  since(number: number): readonly JournalEntry[] {
    return this.#entries.slice(-kept).filter((entry) => entry.number > number);
  }
}
