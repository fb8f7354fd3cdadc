/** The bounds of the table, to the byte (RFC 7541, section 4). */
import { expect, it } from "vitest";
import { DynamicTable } from "../../../../src/transport/h2/hpack/dynamic-table.js";

/** Counts 34 bytes. */
const field = (name: string) => ({ name, value: "v" });
const namesOf = (table: DynamicTable) =>
  Array.from({ length: table.length }, (_, age) => table.at(age)?.name);

it("keeps fields that fill it to the last byte, and one less when a byte is missing", () => {
  const table = new DynamicTable(68);
  for (const name of ["a", "b"]) table.add(field(name));
  expect(namesOf(table)).toEqual(["b", "a"]);
  expect(table.bytes).toBe(68);
  table.resize(68);
  expect(namesOf(table)).toEqual(["b", "a"]);
  table.resize(67);
  expect(namesOf(table)).toEqual(["b"]);
});

it("makes room for a field by as many of the oldest as it takes (4.4)", () => {
  const table = new DynamicTable(102);
  for (const name of ["a", "b", "c", "d"]) table.add(field(name));
  expect(namesOf(table)).toEqual(["d", "c", "b"]);
  table.add({ name: "e", value: "v".repeat(35) });
  expect(namesOf(table)).toEqual(["e", "d"]);
});

it("is left empty by a field that is larger than it, and takes one that is as large (4.4)", () => {
  const table = new DynamicTable(34);
  table.add(field("a"));
  expect(namesOf(table)).toEqual(["a"]);
  table.add(field("aa"));
  expect(namesOf(table)).toEqual([]);
  expect(table.bytes).toBe(0);
});
