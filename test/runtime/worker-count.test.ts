import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import type { ReadKernelFile } from "../../src/files/kernel-file.js";
import { resolveSettings } from "../../src/runtime/options.js";
import { availableProcessors } from "../../src/runtime/processors.js";

const module = "/connectors.js";

describe("workers: auto", () => {
  it("is one worker for each processor, and at least one", () => {
    const { workers } = resolveSettings({ env: {}, module, workers: "auto" });
    expect(workers?.count).toBe(availableProcessors());
    expect(workers?.count).toBeGreaterThanOrEqual(1);
    expect(workers?.count).toBeLessThanOrEqual(availableParallelism());
  });

  it("needs a module", () => {
    expect(() => resolveSettings({ env: {}, workers: "auto" })).toThrow(/^workers needs module/);
  });
});

describe("the processors that a process may use", () => {
  const files =
    (texts: Readonly<Record<string, string>>): ReadKernelFile =>
    (path) =>
      texts[path];
  const second = (text: string) => files({ "/sys/fs/cgroup/cpu.max": text });
  const first = (quota: string) =>
    files({
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": quota,
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    });

  it.each([
    ["the machine's where no limit can be read", files({}), 8],
    ["the machine's where none is set", second("max 100000\n"), 8],
    ["the limit's", second("200000 100000\n"), 2],
    ["a part of one counts as one", second("150000 100000\n"), 2],
    ["less than one is one", second("10000 100000\n"), 1],
    ["the machine's where the limit is higher", second("1600000 100000\n"), 8],
    ["the machine's where the file has something else", second("?"), 8],
    ["the limit's of the first version", first("300000\n"), 3],
    ["the machine's where the first version sets none", first("-1\n"), 8],
  ])("are %s", (_, read, count) => {
    expect(availableProcessors(8, read)).toBe(count);
  });
});
