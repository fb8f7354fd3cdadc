/** Mooring's own version, from package.json (one folder above the sources and the bundles, two above build/src). */
import { readFileSync } from "node:fs";

function findVersion(): string {
  for (const up of ["../package.json", "../../package.json"]) {
    try {
      const found: { name?: string; version?: string } = JSON.parse(
        readFileSync(new URL(up, import.meta.url), "utf8"),
      );
      if (found.name === "mooring" && found.version) return found.version;
    } catch {
      // Not this one.
    }
  }
  return "0.0.0";
}

export const packageVersion: string = findVersion();
