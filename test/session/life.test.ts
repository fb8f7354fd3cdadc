import { describe, expect, it } from "vitest";
import type { ControlEvent } from "../../src/session/control.js";
import { ControlOutlet } from "../../src/session/control-outlet.js";
import {
  acceptedBy,
  ended,
  finished,
  isAccepted,
  type Life,
  opened,
  unansweredSince,
  unbound,
} from "../../src/session/life.js";

const early = opened(unbound, 7);
const accepted = acceptedBy(early);
const states: Readonly<Record<string, Life>> = {
  unbound,
  early,
  accepted,
  finishing: finished(early),
  "finishing, accepted": finished(accepted),
  ended,
};

describe("the life of a stream", () => {
  it.each([
    ["unbound", "early", "accepted", "unbound"],
    ["early", "early", "accepted", "finishing"],
    ["accepted", "accepted", "accepted", "finishing, accepted"],
    ["finishing", "finishing", "finishing, accepted", "finishing"],
    ["finishing, accepted", "finishing, accepted", "finishing, accepted", "finishing, accepted"],
    ["ended", "ended", "ended", "ended"],
  ])("%s: opened %s, accepted %s, half-closed %s", (name, whenOpened, whenAccepted, whenFinished) => {
    const life = states[name] ?? ended;
    expect(opened(life, 7)).toEqual(states[whenOpened]);
    expect(acceptedBy(life)).toEqual(states[whenAccepted]);
    expect(finished(life)).toEqual(states[whenFinished]);
  });

  it("says whether the register request was accepted, and since when it waits", () => {
    const told = Object.entries(states).map(([name, life]) => [
      name,
      isAccepted(life),
      unansweredSince(life),
    ]);
    expect(told).toEqual([
      ["unbound", false, undefined],
      ["early", false, 7],
      ["accepted", true, undefined],
      ["finishing", false, 7],
      ["finishing, accepted", true, undefined],
      ["ended", false, undefined],
    ]);
  });
});

describe("control events", () => {
  const goaway: ControlEvent = { type: "stream.peerDraining" };
  const over: ControlEvent = {
    type: "stream.ended",
    beforeAcceptance: false,
    failure: { cause: "server-closed" },
  };

  it("are dropped once the session is aborted, also by what it hears first", () => {
    const outlet = new ControlOutlet();
    outlet.put(goaway);
    outlet.put(over);
    const heard: string[] = [];
    outlet.listen(({ type }) => {
      heard.push(type);
      outlet.close();
    });
    expect(outlet.put(goaway)).toBe(true);
    outlet.listen(({ type }) => heard.push(type));
    expect(heard).toEqual(["stream.peerDraining"]);
  });
});
