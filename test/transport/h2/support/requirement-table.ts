/** The whole table, numbered. New rows go to the end of their part; numbers are for talking about them. */
import type { Requirement } from "./requirements.js";
import { connectionRows, flowRows, frameRows, streamRows, typeRows } from "./requirements-frames.js";
import { calmRows, compressionRows, floodRows, messageRows } from "./requirements-messages.js";

export const requirements: readonly (Requirement & { readonly number: number })[] = [
  ...connectionRows,
  ...frameRows,
  ...streamRows,
  ...flowRows,
  ...typeRows,
  ...messageRows,
  ...compressionRows,
  ...floodRows,
  ...calmRows,
].map((row, place) => ({ ...row, number: place + 1 }));
