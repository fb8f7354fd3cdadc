/** How much an answer can carry. */
import { answerEnvelopeBytes, bytesPerCharacter, defaultMaxMessageBytes } from "../protocol/limits.js";
import type { RequestContext } from "./connector.js";

/** Bytes that the payload of the answer to this request may have. */
export const roomFor = ({ maxMessageBytes = defaultMaxMessageBytes, requestId }: RequestContext): number =>
  maxMessageBytes - answerEnvelopeBytes - bytesPerCharacter * requestId.length;
