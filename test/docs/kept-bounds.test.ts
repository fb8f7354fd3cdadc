import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { keptBounds } from "../../src/credentials/kept-bounds.js";

it("docs/credentials.md has every bound of what is kept from a peer", () => {
  const text = readFileSync(new URL("../../docs/credentials.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| [^|]*\(`(\w+)`\) *\| ([\d,]+) /gm)];
  const told = rows.map(([, name = "", bound = ""]) => [name, Number(bound.replaceAll(",", ""))]);
  expect(Object.fromEntries(told)).toEqual(keptBounds);
});
