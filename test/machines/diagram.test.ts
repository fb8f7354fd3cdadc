import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("../../scripts/diagram.mjs", import.meta.url));

describe("the diagrams and tables in the docs", () => {
  it("are what the machines are", async () => {
    // Rejects with the names of the stale files otherwise.
    await expect(promisify(execFile)(process.execPath, [script, "--check"])).resolves.toMatchObject({
      stderr: "",
    });
  });
});
