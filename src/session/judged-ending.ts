/** How a stream ended, with words for people. */
import type { StreamEnding } from "../transport/transport.js";

const unavailable = "The gateway shut down, or cannot serve now.";

/** `isAccepted`: whether the gateway had taken the registration before. `maxMessageBytes`: the own limit. */
export function judged(
  { by, failure }: StreamEnding,
  isAccepted: boolean,
  maxMessageBytes: number | undefined,
): StreamEnding["failure"] {
  if (failure.cause === "peer-unavailable")
    return { ...failure, detail: failure.detail ? `${unavailable} ${failure.detail}` : unavailable };
  if (failure.cause !== "message-too-large" || isAccepted || by !== "local") return failure;
  const limit = `maxMessageBytes (${maxMessageBytes})`;
  const remedy = "raise it, or give fewer or shorter tools, tags and metadata";
  return { ...failure, detail: `The register request is above ${limit}: ${remedy}.` };
}
