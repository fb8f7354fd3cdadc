import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generatePrivateKey, signingAlgorithm } from "../../src/credentials/keys.js";
import { ModeWatch, readPrivateFile } from "../../src/credentials/private-files.js";
import { silentLogger } from "../../src/logger.js";
import { Secret } from "../../src/secret.js";
import { mountSecret } from "../support/mounted-secret.js";

describe("a secret that Kubernetes mounts", () => {
  it("is read anew after its rotation", async () => {
    const modes = new ModeWatch(silentLogger);
    const { directory, rotate } = await mountSecret({ "tls.key": "first" });
    const path = join(directory, "tls.key");
    expect(await readPrivateFile(path, modes)).toBe("first");
    await rotate({ "tls.key": "second" });
    expect(await readPrivateFile(path, modes)).toBe("second");
  });

  it("is a whole key at every moment of its rotation, or for a moment absent", async () => {
    const modes = new ModeWatch(silentLogger);
    const { directory, rotate } = await mountSecret({ "tls.key": (await generatePrivateKey()).reveal() });
    let isRotating = true;
    const rotations = (async () => {
      for (let i = 0; i < 20; i++) await rotate({ "tls.key": (await generatePrivateKey()).reveal() });
      isRotating = false;
    })();
    const seen = new Set<string>();
    while (isRotating) {
      const key = await readPrivateFile(join(directory, "tls.key"), modes);
      if (key === undefined) continue; // looked at between the link and the file: the next look succeeds
      expect(signingAlgorithm(new Secret(key))).toBe("ES256");
      seen.add(key);
    }
    await rotations;
    expect(seen.size).toBeGreaterThan(1);
  });
});
