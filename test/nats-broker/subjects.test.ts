/** How topics, patterns and groups are told to NATS. */
import { expect, it } from "vitest";
import { topicPattern } from "../../src/connectors/events/topic-pattern.js";
import { consumerOf, filterOf, laneOf, subjectOf, topicOf } from "../../src/nats-broker/subjects.js";
import { eventText, serverId } from "../../src/nats-broker/wire.js";

it.each([
  ["a.b", "s.n.a.b"],
  ["a.*", "s.n.a.*"],
  ["*.b", "s.n.*.b"],
  ["a.**", "s.n.a.>"],
  ["a.**.d", "s.n.a.>"],
  ["**.d", "s.n.>"],
  ["a.>.*", "s.n.a.%3E.*"],
  ["**", "s.n.>"],
  ["All", "s.n.>"],
])("the pattern %s filters by %s", (pattern, filter) => {
  expect(filterOf("s", "n", topicPattern(pattern))).toBe(filter);
});

it.each(["a", "a.b", "a.>", ">.100%.%3E", "größe.日本", "a>b.n"])("the topic %s comes back", (topic) => {
  const subject = subjectOf("s-1", "7", topic);
  expect(subject.split(".").some((word) => word === ">" || word === "*")).toBe(false);
  expect(topicOf("s-1", subject)).toBe(topic);
});

it("events with keys go to lanes, always the same one of a key", () => {
  expect(laneOf(undefined, 8)).toBe("n");
  const lanes = Array.from({ length: 200 }, (_, key) => laneOf(`key-${key}`, 8));
  expect([...new Set(lanes)].sort()).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
  expect(Array.from({ length: 200 }, (_, key) => laneOf(`key-${key}`, 8))).toEqual(lanes);
});

it("a group may be called anything, and no two share a consumer", () => {
  const groups = ["a", "a-1", "a-n", "A", "h_x", "a b", "a.b", "日本", "x".repeat(256)];
  const names = groups.flatMap((group) => ["n", "0", "1"].map((lane) => consumerOf(group, lane)));
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[\w-]{1,80}$/);
});

it("headers are of letters that every server and client takes", () => {
  const headers = { ü: "a\r\nb", x: "\ud800" };
  const text = eventText({ topic: "a", message_id: "日", timestamp: 1, headers });
  expect(text).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(text)).toEqual({ id: "日", timestamp: 1, headers });
  expect([serverId("m-1"), serverId("a b"), serverId("sha256:x")]).toEqual([
    "m-1",
    expect.stringMatching(/^sha256:[\da-f]{64}$/),
    expect.stringMatching(/^sha256:[\da-f]{64}$/),
  ]);
});
