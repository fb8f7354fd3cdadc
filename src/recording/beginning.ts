/** Where the times of a recording are counted from. */
import type { Recording } from "./read.js";

/** When its first registration began, in ms since 1970: `+SECONDS` is after that. */
export const beginningOf = ({ header, lines }: Pick<Recording, "header" | "lines">): number =>
  lines.find(({ actor }) => actor.chart === "registration")?.at ?? header.startedAt;
