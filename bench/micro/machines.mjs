// What one more registration costs the machines when there are already many: add and stop, 100 against 10,000.

import { defaultPolicy, partitionMachine, registrationMachine } from "mooring/machines";
import { createActor, fromCallback, fromPromise } from "xstate";
import { median } from "../statistics.mjs";
import { report } from "./time.mjs";

const actors = {
  openStream: fromPromise(() => new Promise(() => {})),
  stream: fromCallback(() => {}),
  exchange: fromPromise(() => new Promise(() => {})),
  work: fromCallback(() => {}),
};
const machine = partitionMachine.provide({
  actors: { registration: registrationMachine.provide({ actors }) },
});
const partitionSize = 16;

function host(count) {
  const partitions = [];
  for (let i = 0; i < count; i += 1) {
    if (i % partitionSize === 0)
      partitions.push(createActor(machine, { input: { partition: i, random: Math.random } }).start());
    partitions.at(-1).send({ type: "registration.add", spec: { key: `k${i}`, policy: defaultPolicy } });
  }
  return partitions;
}

/** Microseconds to add one registration to the last partition and to remove it again; median of many. */
function addAndStop(partitions) {
  const last = partitions.at(-1);
  const samples = [];
  for (let i = 0; i < 400; i += 1) {
    const begun = performance.now();
    last.send({ type: "registration.add", spec: { key: "extra", policy: defaultPolicy } });
    last.send({ type: "registration.remove", key: "extra" });
    samples.push((performance.now() - begun) * 1_000);
  }
  return median(samples);
}

const few = host(97);
const many = host(9_985);
addAndStop(few);
const ratio = median(Array.from({ length: 7 }, () => addAndStop(many) / addAndStop(few)));

report([
  { what: "add a registration's machine among 100 and stop it", ns: addAndStop(few) * 1_000 },
  { what: "the same among 10,000", ns: addAndStop(many) * 1_000, ratio },
]);
