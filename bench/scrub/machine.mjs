/** Where it was measured. */
import { cpus, totalmem } from "node:os";

export const machineOf = () => ({
  node: process.version,
  processor: cpus()[0]?.model ?? "unknown",
  processors: cpus().length,
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
});
