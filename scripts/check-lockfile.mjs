// npm run check:lockfile: every package that npm ci downloads is held by a hash, and by one that is not broken.
// With --fill, missing hashes are asked of the registry and written down.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const strong = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** Packages from a registry; our own, and the links to their folders, have nothing to hash. */
const packages = Object.entries(lock.packages).filter(
  ([place, { link }]) => place.includes("node_modules/") && !link,
);

const nameOf = (place, { name }) =>
  name ?? place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);

if (process.argv.includes("--fill")) {
  for (const [place, entry] of packages) {
    if (strong.test(entry.integrity ?? "")) continue;
    const id = `${nameOf(place, entry)}@${entry.version}`;
    entry.integrity = execFileSync("npm", ["view", id, "dist.integrity"], { encoding: "utf8" }).trim();
  }
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}

const faults = packages.flatMap(([place, { integrity, resolved, inBundle }]) => [
  ...(inBundle || strong.test(integrity ?? "")
    ? []
    : [`${place} has no sha512 hash: node scripts/check-lockfile.mjs --fill`]),
  ...(resolved
    ? [`${place} names where it was downloaded from: npm install with omit-lockfile-registry-resolved`]
    : []),
]);
for (const fault of faults) console.error(fault);
console.log(`${packages.length} packages in package-lock.json, ${faults.length} faults.`);
process.exitCode = faults.length > 0 ? 1 : 0;
