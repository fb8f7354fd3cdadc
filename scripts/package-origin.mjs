/** Where a package comes from, for the lists of licences. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const urlOf = (repository) => (typeof repository === "string" ? repository : repository.url);

/** `name version (licence, where it comes from)` of a package. */
export function originOf(folder) {
  const { name, version, license, repository } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  );
  return `${name} ${version} (${license}, ${urlOf(repository)})`;
}
