import { expect, it } from "vitest";
import {
  answerDeadlineMs,
  callDeadlineMs,
  exchangeDeadlineMs,
  openingDeadlineMs,
} from "../../machines/policy.js";

const deadlines = [answerDeadlineMs, callDeadlineMs, openingDeadlineMs, exchangeDeadlineMs];

it("gives each deadline above the ports' own limits, and never none", () => {
  expect(deadlines.map((deadline) => deadline({ connectTimeoutMs: 10_000 }))).toEqual([
    30_000, 40_000, 60_000, 240_000,
  ]);
  expect(deadlines.map((deadline) => deadline({ connectTimeoutMs: 0 }))).toEqual([3, 4, 6, 24]);
});
