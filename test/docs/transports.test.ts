import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { adapters } from "../transport-conformance/kit/adapters.js";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

it("docs/transports.md names the version of Connect that Mooring has", () => {
  const { dependencies } = JSON.parse(read("package.json"));
  expect(read("docs/transports.md")).toContain(`(${dependencies["@connectrpc/connect"]};`);
});

it.each(adapters.map((adapter) => [adapter.name, adapter] as const))(
  "docs/transports.md has a row for %s, and says what it cannot do",
  (name, { lacks }) => {
    const page = read("docs/transports.md");
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, "m"));
    if (Object.keys(lacks).length > 0) expect(page).toContain(`## What ${name} cannot do`);
  },
);
