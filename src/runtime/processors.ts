/**
 * How many processors this process may use at once. Node counts those it may run on; a container's limit, which is a
 * share of time, it knows from libuv 1.49 on only, so Node 20 takes it for the whole machine.
 */
import { availableParallelism } from "node:os";
import { type ReadKernelFile, readKernelFile } from "../files/kernel-file.js";

/** Processor time in each period, both in microseconds. */
function share(timeUs: string | undefined, periodUs: string | undefined): number {
  const processors = Number(timeUs) / Number(periodUs);
  // `max` and -1 set no limit.
  return processors > 0 ? processors : Number.POSITIVE_INFINITY;
}

/** A control group's limit in processors, of either version of control groups. */
function containerLimit(read: ReadKernelFile): number {
  const both = read("/sys/fs/cgroup/cpu.max")?.trim().split(" ");
  if (both) return share(both[0], both[1]);
  const one = "/sys/fs/cgroup/cpu/cpu.cfs";
  return share(read(`${one}_quota_us`), read(`${one}_period_us`));
}

/** At least 1; a part of a processor counts as one. */
export const availableProcessors = (machine = availableParallelism(), read = readKernelFile): number =>
  Math.max(1, Math.min(machine, Math.ceil(containerLimit(read))));
