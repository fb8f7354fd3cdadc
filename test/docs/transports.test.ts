import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

it("docs/transports.md names the version of Connect that Mooring has", () => {
  const { dependencies } = JSON.parse(read("package.json"));
  expect(read("docs/transports.md")).toContain(`(${dependencies["@connectrpc/connect"]};`);
});
