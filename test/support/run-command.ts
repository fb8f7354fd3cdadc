/** Runs the built command: to its end, or beside a test that reads along. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** The built command. */
export const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** The parts of a match, or the text alone; undefined when it was not said yet. */
const find = (output: string, wanted: string | RegExp): readonly string[] | undefined => {
  if (typeof wanted !== "string") return wanted.exec(output) ?? undefined;
  return output.includes(wanted) ? [wanted] : undefined;
};

/** A process while it runs, killed when the test is over: its output, and its end. */
export function follow<Child extends ChildProcess>(child: Child) {
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      output += String(chunk);
      for (const look of looks) look();
    });
  const exited = once(child, "close").then(([code]) => code as number | null);
  const says = (wanted: string | RegExp) =>
    new Promise<readonly string[]>((resolve, reject) => {
      const look = () => {
        const found = find(output, wanted);
        if (found) resolve(found);
      };
      looks.add(look);
      look();
      void exited.then(() => reject(new Error(`It ended without saying "${wanted}":\n${output}`)));
    });
  return { child, exited, says, output: () => output };
}

/** The built command while it runs. */
export const startCommand = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  follow(spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...env } }));

/** The built command to its end. */
export async function runCommand(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { exited, output } = startCommand(args, env);
  return { code: await exited, output: output() };
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
