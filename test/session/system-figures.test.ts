import { describe, expect, it } from "vitest";
import { type Machine, SystemFigures } from "../../src/session/system-figures.js";

const files: Readonly<Record<string, string>> = {
  "/proc/meminfo": "MemTotal:       100 kB\nSwapTotal:      2000 kB\nSwapFree:        500 kB\n",
  "/proc/self/status": "Name:\tnode\nVmPeak:\t  900 kB\nVmSize:\t  700 kB\n",
  "/proc/self/io": "rchar: 9\nwchar: 9\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 1\n",
};

/** A machine whose clock and processor times the test moves. */
function machine(read: (path: string) => string | undefined) {
  const state = { now: 0, busy: 1_000, idle: 1_000, process: 50 };
  const made: Machine = {
    read,
    now: () => state.now,
    cpuTimes: () => ({ busy: state.busy, idle: state.idle }),
    processCpuMs: () => state.process,
  };
  return { state, figures: new SystemFigures(made) };
}

describe("figures of the machine and the process", () => {
  it("[C14 #31] [C16 #51] reads swap, virtual memory and disk from Linux", () => {
    expect(machine((path) => files[path]).figures.read()).toMatchObject({
      "sdk.system_total_swap_bytes": 2_000 * 1_024,
      "sdk.system_used_swap_bytes": 1_500 * 1_024,
      "sdk.process_virtual_memory_bytes": 700 * 1_024,
      "sdk.process_disk_read_bytes": 4_096,
      "sdk.process_disk_written_bytes": 8_192,
    });
  });

  it("says 0 swap and leaves out the process's figures where there is no /proc", () => {
    const figures = machine(() => undefined).figures.read();
    expect(figures).toMatchObject({ "sdk.system_total_swap_bytes": 0, "sdk.system_used_swap_bytes": 0 });
    for (const name of ["virtual_memory_bytes", "disk_read_bytes", "disk_written_bytes"])
      expect(figures).not.toHaveProperty([`sdk.process_${name}`]);
  });

  it("gives processor time since the last reading, 0 at first", () => {
    const { state, figures } = machine(() => undefined);
    const percent = () => {
      const read = figures.read();
      return [read["sdk.system_cpu_usage_percent"], read["sdk.process_cpu_usage_percent"]];
    };
    expect(percent()).toEqual([0, 0]);
    Object.assign(state, { now: 2_000, busy: 1_300, idle: 1_700, process: 550 });
    expect(percent()).toEqual([30, 25]);
  });

  it("shares one reading for a second", () => {
    const { state, figures } = machine(() => undefined);
    const first = figures.read();
    state.now = 999;
    expect(figures.read()).toBe(first);
    state.now = 1_000;
    expect(figures.read()).not.toBe(first);
  });
});
