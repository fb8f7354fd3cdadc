/**
 * The `sdk.system_*` and `sdk.process_*` figures of a MetricsReport (docs/protocol.md, "Custom metrics"). One reader
 * per process: looking at the machine is not free, so all registrations share what was read within a second.
 *
 * Swap, virtual memory and disk figures come from Linux's `/proc`. Elsewhere the system's are 0, as the protocol
 * always wants them, and the process's are left out.
 */
import { cpus, freemem, loadavg, totalmem } from "node:os";
import { type ReadKernelFile, readKernelFile } from "../files/kernel-file.js";

type Figures = Readonly<Record<string, number>>;

/** How long what was read is good for, in ms. */
const freshMs = 1_000;

/** What the reader asks of the machine; tests give their own. */
export interface Machine {
  readonly read: ReadKernelFile;
  /** Monotonic, in ms. */
  now(): number;
  /** Of all processors together since the machine's start, in ms. */
  cpuTimes(): { readonly busy: number; readonly idle: number };
  /** Of this process since its start, in ms. */
  processCpuMs(): number;
}

const thisMachine: Machine = {
  read: readKernelFile,
  now: () => performance.now(),
  cpuTimes() {
    let busy = 0;
    let idle = 0;
    for (const { times } of cpus()) {
      idle += times.idle;
      busy += times.user + times.nice + times.sys + times.irq;
    }
    return { busy, idle };
  },
  processCpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
};

/** `Name:   123 kB` of a `/proc` file, in bytes; `Name: 123` as it is. */
function field(text: string | undefined, name: string): number | undefined {
  const found = text?.match(new RegExp(`^${name}:\\s+(\\d+)( kB)?`, "m"));
  return found ? Number(found[1]) * (found[2] ? 1_024 : 1) : undefined;
}

function present(figures: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const known = Object.entries(figures).filter((entry): entry is [string, number] => entry[1] !== undefined);
  return Object.fromEntries(known);
}

export class SystemFigures {
  readonly #machine: Machine;
  #figures: Figures = {};
  #readAt = Number.NEGATIVE_INFINITY;
  #cpu: { readonly busy: number; readonly idle: number } | undefined;
  #processCpuMs = 0;

  constructor(machine = thisMachine) {
    this.#machine = machine;
  }

  /** Bytes, processors, percent. Percentages are of the time since the last reading, 0 at first. */
  read(): Figures {
    const at = this.#machine.now();
    if (at - this.#readAt < freshMs) return this.#figures;
    this.#figures = { ...this.#memory(), ...this.#load(at) };
    this.#readAt = at;
    return this.#figures;
  }

  #memory(): Figures {
    const { read } = this.#machine;
    const machine = read("/proc/meminfo");
    const io = read("/proc/self/io");
    const swap = field(machine, "SwapTotal") ?? 0;
    return present({
      "sdk.system_total_memory_bytes": totalmem(),
      "sdk.system_available_memory_bytes": freemem(),
      "sdk.system_used_memory_bytes": totalmem() - freemem(),
      "sdk.system_total_swap_bytes": swap,
      "sdk.system_used_swap_bytes": swap - (field(machine, "SwapFree") ?? swap),
      "sdk.process_memory_bytes": process.memoryUsage.rss(),
      "sdk.process_virtual_memory_bytes": field(read("/proc/self/status"), "VmSize"),
      "sdk.process_disk_read_bytes": field(io, "read_bytes"),
      "sdk.process_disk_written_bytes": field(io, "write_bytes"),
    });
  }

  #load(at: number): Figures {
    const [one = 0, five = 0, fifteen = 0] = loadavg();
    const cpu = this.#machine.cpuTimes();
    const processCpuMs = this.#machine.processCpuMs();
    const before = this.#cpu ?? cpu;
    const busy = cpu.busy - before.busy;
    const all = busy + cpu.idle - before.idle;
    const spent = this.#cpu ? processCpuMs - this.#processCpuMs : 0;
    this.#cpu = cpu;
    this.#processCpuMs = processCpuMs;
    return {
      "sdk.system_cpu_count": cpus().length,
      "sdk.system_cpu_usage_percent": all > 0 ? (100 * busy) / all : 0,
      "sdk.system_load_avg_1m": one,
      "sdk.system_load_avg_5m": five,
      "sdk.system_load_avg_15m": fifteen,
      // Of one processor: a process that keeps two busy is at 200.
      "sdk.process_cpu_usage_percent": spent > 0 ? (100 * spent) / (at - this.#readAt) : 0,
    };
  }
}
