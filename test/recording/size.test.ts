import { expect, it } from "vitest";
import type { ChartName, HostName } from "../../src/recording/settings.js";
import { Sizes } from "../../src/recording/size.js";

const entryOf = (chart: ChartName | HostName, text: string) => ({
  actor: { number: 1, chart, key: "t.echo.one", parent: null },
  number: 1,
  at: 0,
  event: { type: "told", text },
  after: { status: "active" as const, state: "on", context: {}, children: [], history: {} },
  sent: [],
  drawn: [],
  taken: [],
  asked: [],
});

const short = "x";
const long = "x".repeat(10_000);

it("the first events of a type are measured, each by itself", () => {
  const sizes = new Sizes();
  for (const text of [short, long, short]) {
    const fresh = new Sizes().of(entryOf("registration", text), undefined);
    expect(sizes.of(entryOf("registration", text), undefined)).toBe(fresh);
  }
});

it("later ones count as the largest that were measured last, and one that was large is forgotten", () => {
  const sizes = new Sizes();
  const sizeOf = (text: string) => sizes.of(entryOf("registration", text), undefined);
  const [small, large] = [short, long].map((text) =>
    new Sizes().of(entryOf("registration", text), undefined),
  ) as [number, number];
  for (let count = 0; count < 7; count += 1) sizeOf(short);
  sizeOf(long);
  expect(sizeOf(short)).toBe(large);
  const later = Array.from({ length: 160 }, () => sizeOf(short));
  expect(later.at(-1)).toBe(small);
});

it("what becomes large is found out", () => {
  const sizes = new Sizes();
  for (let count = 0; count < 100; count += 1) sizes.of(entryOf("registration", short), undefined);
  const large = new Sizes().of(entryOf("registration", long), undefined);
  const later = Array.from({ length: 24 }, () => sizes.of(entryOf("registration", long), undefined));
  expect(later.at(-1)).toBe(large);
});

it("large ones in a rhythm of their own are found out, too", () => {
  for (const period of [8, 16, 24, 32]) {
    const sizes = new Sizes();
    const large = new Sizes().of(entryOf("registration", long), undefined);
    const told = Array.from({ length: 40 * period }, (_, index) =>
      sizes.of(entryOf("registration", index % period === period - 1 ? short : long), undefined),
    );
    expect(told.filter((bytes) => bytes === large).length).toBeGreaterThan(0.9 * told.length);
  }
});

it("those of hosts are measured each, and those of each chart by themselves", () => {
  const sizes = new Sizes();
  for (let count = 0; count < 50; count += 1) sizes.of(entryOf("registration", long), undefined);
  const small = new Sizes().of(entryOf("liveness", short), undefined);
  expect(sizes.of(entryOf("liveness", short), undefined)).toBe(small);
  for (const text of [...Array.from({ length: 20 }, () => short), long, short])
    expect(sizes.of(entryOf("supervisor", text), undefined)).toBe(
      new Sizes().of(entryOf("supervisor", text), undefined),
    );
});
