/** Runs a program of a test in a process of its own, where a fault would take the tests with it. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface FixtureEnd {
  /** What it wrote to its standard output. */
  readonly said: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How one ends that found nothing. */
export const isOver: FixtureEnd = { said: "over\n", code: 0, signal: null };

/** `limitMs`: for what hangs. */
export async function runFixture(
  args: readonly string[],
  limitMs: number,
  env: NodeJS.ProcessEnv = {},
): Promise<FixtureEnd> {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const [code, signal] = await once(child, "close");
  clearTimeout(limit);
  return { said, code, signal };
}
