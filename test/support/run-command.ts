/** Runs the built command to its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const main = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

export async function runCommand(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output += String(chunk);
    });
  const [code] = await once(child, "close");
  return { code: code as number | null, output };
}

/** The built command while it runs: its output, and its end. */
export function startCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output += String(chunk);
      for (const look of looks) look();
    });
  const exited = once(child, "close").then(([code]) => code as number | null);
  const says = (wanted: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (output.includes(wanted)) resolve();
      };
      looks.add(look);
      look();
      void exited.then(() => reject(new Error(`It ended without saying "${wanted}":\n${output}`)));
    });
  return { child, exited, says, output: () => output };
}
