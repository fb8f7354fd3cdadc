import { afterEach, describe, expect, it } from "vitest";
import { defaultPolicy } from "../../machines/policy.js";
import { doubt as doubtIn } from "./liveness-rig.js";

const links: { stop(): void }[] = [];
afterEach(() => {
  for (const link of links.splice(0)) link.stop();
});
const doubt = (...args: Parameters<typeof doubtIn>) => {
  const link = doubtIn(...args);
  links.push(link);
  return link;
};

describe("liveness", () => {
  it("sends one probe at once, and is deaf exactly when the rest of the timeout is over", () => {
    const link = doubt();
    expect(link.heard).toEqual(["0 beat"]);
    link.at(9_999);
    expect(link.heard).toEqual(["0 beat"]);
    link.at(10_000);
    expect(link.heard).toEqual(["0 beat", "10000 deaf"]);
  });

  it("goes on beating at the interval while a long timeout lasts", () => {
    const link = doubt({ intervalMs: 5_000, suspectMs: 2_000, remainingMs: 14_000 });
    link.at(14_000);
    expect(link.heard).toEqual(["0 beat", "3000 beat", "8000 beat", "13000 beat", "14000 deaf"]);
  });

  it("is over with the first answer, however late, and leaves no timer", () => {
    const link = doubt();
    link.at(9_999);
    link.answered();
    link.at(600_000);
    expect(link.heard).toEqual(["0 beat"]);
    expect(link.timers()).toBe(0);
  });

  it("is deaf at once when nothing of the timeout is left", () => {
    const link = doubt({ remainingMs: -5 });
    link.at(0);
    expect(link.heard).toEqual(["0 beat", "0 deaf"]);
  });

  it("says deaf once, whatever comes after it", () => {
    const link = doubt();
    link.at(10_000);
    link.at(600_000);
    expect(link.heard).toEqual(["0 beat", "10000 deaf"]);
    expect(link.state()).toBe('"deaf"');
    link.answered();
    expect(link.heard).toEqual(["0 beat", "10000 deaf"]);
  });

  it("[C16 #63] [T12.5 #12] lives by 30 s, 45 s and 5 s by default", () => {
    expect(defaultPolicy.heartbeat).toEqual({ intervalMs: 30_000, timeoutMs: 45_000, suspectMs: 5_000 });
  });
});
