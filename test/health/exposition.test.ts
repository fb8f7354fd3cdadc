import { afterEach, describe, expect, it, vi } from "vitest";
import { exposition } from "../../src/health/exposition.js";
import { Sums, Tally } from "../../src/health/tally.js";
import { runtimeStatus, status } from "./statuses.js";

afterEach(() => {
  vi.restoreAllMocks();
});

const scrape = async (registrations: number) => {
  const { text } = await exposition([]);
  const now = runtimeStatus(
    Array.from({ length: registrations }, (_, i) =>
      status({ key: `t.echo.${i}`, requestDurations: Array<number>(14).fill(i) }),
    ),
  );
  const tally = new Tally(true);
  tally.look(now, 1);
  return text({ status: now, tally, readyWhen: "all", version: "1", now: 2 });
};

describe("/metrics by key", () => {
  it("looks at as much more as there are more registrations", async () => {
    let seen = 0;
    const { values } = Sums.prototype;
    vi.spyOn(Sums.prototype, "values").mockImplementation(function (this: Sums) {
      const sums = values.call(this);
      seen += sums.length;
      return sums;
    });
    const seenFor = async (registrations: number) => {
      seen = 0;
      await scrape(registrations);
      return seen;
    };
    const [few, more, most] = [await seenFor(10), await seenFor(20), await seenFor(30)];
    expect(most - more).toBe(more - few);
  });

  it("has each registration's own classes", async () => {
    const lines = (await scrape(3)).split("\n");
    const ends = (i: number) => `{type="echo",key="t.echo.${i}",le="+Inf"} ${14 * i}`;
    for (const i of [0, 1, 2]) expect(lines).toContain(`mooring_request_duration_seconds_bucket${ends(i)}`);
  });
});
