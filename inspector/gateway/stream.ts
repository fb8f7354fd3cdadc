/** What happens at the gateway, as it comes. */
import type { Frame } from "../../src/gateway-page/told.js";
import { link, takeFrame } from "./state.js";

export function listen(): void {
  const source = new EventSource("gateway/events");
  source.onopen = () => {
    link.value = "live";
  };
  source.onerror = () => {
    link.value = "lost";
  };
  source.onmessage = ({ data }: MessageEvent<string>) => takeFrame(JSON.parse(data) as Frame);
}
