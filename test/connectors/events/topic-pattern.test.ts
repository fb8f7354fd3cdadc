/** Patterns of topics, by the protocol's rules. */
import { expect, it } from "vitest";
import { topicMatcher, topicPattern } from "../../../src/connectors/events/topic-pattern.js";

it.each([
  ["a.b", "a.b", true],
  ["a.b", "a.b.c", false],
  ["a.*", "a.b", true],
  ["a.*", "a", false],
  ["a.*", "a.b.c", false],
  ["a.*.c", "a.b.c", true],
  ["a.*.c", "a.c", false],
  ["*.b", "a.b", true],
  ["a.**", "a", false],
  ["a.**", "a.b", true],
  ["a.**", "a.b.c.d", true],
  ["a.**.d", "a.d", true],
  ["a.**.d", "a.b.c.d", true],
  ["a.**.d", "a.b.c", false],
  ["**.d", "d", true],
  ["**.d", "a.b.d", true],
  ["**.b.**", "b", false],
  ["**.b.**", "b.c", true],
  ["**.b.**", "a.b.b", true],
  ["**.**", "a", true],
  ["*", "a.b.c", true],
  ["**", "a", true],
])("[C14 #52] [C16 #40] %s and %s: %s", (pattern, topic, fits) => {
  expect(topicMatcher(topicPattern(pattern))(topic)).toBe(fits);
});

it("patterns have forms of their own on the wire", () => {
  expect([topicPattern("a.b"), topicPattern("a.*"), topicPattern("**"), topicPattern("All")]).toEqual([
    { Exact: "a.b" },
    { Glob: "a.*" },
    "All",
    "All",
  ]);
  expect(topicPattern({ Glob: "a.*" })).toEqual({ Glob: "a.*" });
  expect(topicPattern({ Exact: "a" })).toEqual({ Exact: "a" });
  for (const wrong of [
    3,
    {},
    { Exact: "a", Glob: "b" },
    { Exact: "a.*" },
    { Glob: 3 },
    "",
    "a..b",
    "a.".repeat(40),
  ])
    expect(() => topicPattern(wrong)).toThrow(/pattern must|topic must/);
});

it("a pattern that could be tried in many ways takes no long time", () => {
  const pattern = topicMatcher(topicPattern(`${"**.a.".repeat(15)}b`));
  expect(pattern("a.".repeat(31).slice(0, -1))).toBe(false);
});
