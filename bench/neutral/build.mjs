// Builds the neutral driver, into the temporary folder. It needs Go from 1.24 on and nothing else: no module is fetched.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../usage-error.mjs";

/** The row groups for whose measurements it knows enough: it speaks gRPC, and echoes are all that it asks for. */
export const measured = ["throughput", "half-load", "fairness", "idle", "cold", "storm", "workers"];

export const hasGo = () => spawnSync("go", ["version"]).status === 0;

/** The path of the program, which goes with this process. Throws {@link UsageError} where it cannot be built. */
export function buildNeutralDriver() {
  if (!hasGo())
    throw new UsageError(
      "--driver go needs Go 1.24 or later on the PATH. Leave --driver out for the one in Node.",
    );
  const folder = mkdtempSync(join(tmpdir(), "bench-neutral-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, "driver");
  const { status, stderr } = spawnSync("go", ["build", "-o", program, "."], {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    env: { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=mod" },
    encoding: "utf8",
  });
  if (status !== 0) throw new UsageError(`--driver go: go build failed.\n${stderr}`);
  return program;
}
