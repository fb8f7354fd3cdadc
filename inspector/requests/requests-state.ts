/** What the view of requests shows. The runtime listens to requests only while this view is open. */
import { computed, signal } from "@preact/signals";
import type { RequestsMessage } from "../../src/inspect/request-messages.js";
import { runtimeNow, setRuntimeClock } from "../runtime-clock.js";
import { anyRequest, type RequestFilter, type SpanOrder, Spans } from "./spans.js";

export const spans = new Spans();
/** Counts what was told. */
export const told = signal(0);
export const requestsLink = signal<"connecting" | "live" | "lost" | "none">("connecting");
export const filter = signal<RequestFilter>(anyRequest);
export const spanOrder = signal<SpanOrder>("newest");
/** The number of the span whose phases are shown one by one. */
export const chosenSpan = signal<number | undefined>(undefined);
/** While somebody reads: what comes meanwhile is shown afterwards. */
export const isHeld = signal(false);

const shown = signal(0);

export const listedSpans = computed(() => {
  shown.value;
  return spans.listed(filter.value, spanOrder.value);
});

export const openRequests = computed(() => {
  told.value;
  return spans.open(filter.value);
});

/** In ms; ages are told in seconds. */
const tickMs = 250;

/** The time where the runtime is; it goes on while the page shows the past. */
export const now = signal(runtimeNow());

/** Begins to look. Returns how to stop. */
export function lookAtRequests(): () => void {
  const source = new EventSource("requests");
  requestsLink.value = "connecting";
  source.onopen = () => {
    spans.clear();
    requestsLink.value = "live";
  };
  source.onerror = () => {
    // The browser gives up only when it was told that there is nothing.
    requestsLink.value = source.readyState === EventSource.CLOSED ? "none" : "lost";
  };
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const message: RequestsMessage = JSON.parse(data);
    setRuntimeClock(message.at);
    spans.take(message);
    told.value += 1;
    if (!isHeld.value) shown.value = told.value;
  };
  const ticking = setInterval(() => {
    if (requestsLink.value !== "lost") now.value = runtimeNow();
  }, tickMs);
  return () => {
    clearInterval(ticking);
    source.close();
  };
}
