/** Files in which Linux tells of the machine and of processes: `/proc` and `/sys`. */
import { readFileSync } from "node:fs";

/** Text of such a file; undefined where there is none. */
export type ReadKernelFile = (path: string) => string | undefined;

export const readKernelFile: ReadKernelFile = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};
