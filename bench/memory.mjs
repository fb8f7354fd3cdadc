// A process's memory as the kernel counts it.
import { existsSync, readFileSync } from "node:fs";

const kilobytes = (text, field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)[1]);

/** Resident, in KB. `smaps_rollup` walks the page tables; `status` may lag by a few pages for each thread. */
export function residentKb(pid) {
  const file = `/proc/${pid}/smaps_rollup`;
  if (!existsSync(file))
    throw new Error("Memory is read from /proc, which only Linux has: leave the row out.");
  return kilobytes(readFileSync(file, "utf8"), "Rss");
}
