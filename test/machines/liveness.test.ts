import { afterEach, describe, expect, it } from "vitest";
import { defaultPolicy } from "../../machines/policy.js";
import { watch as watchLiveness } from "./liveness-rig.js";

const links: { stop(): void }[] = [];
afterEach(() => {
  for (const link of links.splice(0)) link.stop();
});
const watch = (...args: Parameters<typeof watchLiveness>) => {
  const link = watchLiveness(...args);
  links.push(link);
  return link;
};

describe("liveness", () => {
  it("neither beats nor waits before it is armed", () => {
    const link = watch();
    link.tell("answered");
    link.at(600_000);
    expect(link.heard).toEqual([]);
    expect(link.state()).toBe('"unarmed"');
  });

  it("beats an interval after each answer, first after a full one", () => {
    const link = watch();
    link.at(1_000);
    link.tell("armed");
    for (const ms of [31_000, 61_000, 91_000]) {
      link.at(ms);
      link.tell("answered");
    }
    expect(link.heard).toEqual(["31000 beat", "61000 beat", "91000 beat"]);
  });

  it("is deaf exactly at the timeout after being armed, not at a tick, after one probe", () => {
    const link = watch();
    link.tell("armed");
    link.at(44_999);
    expect(link.heard).toEqual(["30000 beat", "35000 beat"]);
    link.at(45_000);
    expect(link.heard).toEqual(["30000 beat", "35000 beat", "45000 deaf"]);
  });

  it("beats for the first time when it is told to, and is still deaf exactly at the timeout after being armed", () => {
    const link = watch({ firstMs: 7_000 });
    link.tell("armed");
    link.at(45_000);
    expect(link.heard).toEqual(["7000 beat", "12000 beat", "37000 beat", "45000 deaf"]);
  });

  it("beats an interval after the answer to an early first beat, and is deaf at the timeout after it", () => {
    const link = watch({ firstMs: 7_000 });
    link.tell("armed");
    link.at(8_000);
    link.tell("answered");
    link.at(53_000);
    expect(link.heard).toEqual(["7000 beat", "38000 beat", "43000 beat", "53000 deaf"]);
  });

  it("is deaf exactly at the timeout after the last answer, beats notwithstanding", () => {
    const link = watch();
    link.tell("armed");
    link.at(30_000);
    link.at(30_700);
    link.tell("answered");
    link.at(75_699);
    expect(link.heard.at(-1)).toBe("65700 beat");
    link.at(75_700);
    expect(link.heard).toEqual(["30000 beat", "60700 beat", "65700 beat", "75700 deaf"]);
  });

  it("[T12.5 #4] an answer moves the watchdog, however late", () => {
    const link = watch();
    link.tell("armed");
    link.at(44_999);
    link.tell("answered");
    link.at(89_998);
    expect(link.heard).not.toContain("45000 deaf");
    link.at(89_999);
    expect(link.heard.at(-1)).toBe("89999 deaf");
  });

  it("is armed once: a second acceptance feeds nothing", () => {
    const link = watch();
    link.tell("armed");
    link.at(40_000);
    link.tell("armed");
    link.at(45_000);
    expect(link.heard.at(-1)).toBe("45000 deaf");
  });

  it("becomes suspect without an answer, sends one probe, and is alive again with the next", () => {
    const link = watch({ intervalMs: 30_000, timeoutMs: 100_000, suspectMs: 5_000 });
    link.tell("armed");
    link.at(34_999);
    expect(link.state()).toContain('{"waiting":"asked"}');
    link.at(35_000);
    expect(link.state()).toContain('{"waiting":"suspect"}');
    link.at(59_999);
    expect(link.heard).toEqual(["30000 beat", "35000 beat"]);
    link.tell("answered");
    expect(link.state()).toContain('"calm"');
  });

  it("[T12.5 #12] lives by the interval and timeout it is given", () => {
    const link = watch({ intervalMs: 5_000, firstMs: 5_000, timeoutMs: 15_000, suspectMs: 2_000 });
    link.tell("armed");
    link.at(15_000);
    expect(link.heard).toEqual(["5000 beat", "7000 beat", "10000 beat", "15000 deaf"]);
  });

  it("keeps one timer while all is well", () => {
    const link = watch();
    link.tell("armed");
    for (const ms of [30_000, 60_000, 90_000]) {
      expect(link.timers()).toBe(1);
      link.at(ms);
      link.tell("answered");
    }
  });

  it("[T12.5 #12] beats every 30 s and is deaf after 45 s by default", () => {
    expect(defaultPolicy.heartbeat).toMatchObject({ intervalMs: 30_000, timeoutMs: 45_000 });
  });
});
