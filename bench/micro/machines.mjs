// What one more registration costs the machines when there are already many: add and stop, 100 against 10,000.

import { defaultPolicy, partitionMachine, registrationMachine } from "mooring/machines";
import { createActor, fromCallback, fromPromise } from "xstate";

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
  return samples.sort((a, b) => a - b)[samples.length / 2];
}

const few = host(97);
const many = host(9_985);
addAndStop(few);
const ratios = Array.from({ length: 7 }, () => addAndStop(many) / addAndStop(few)).sort((a, b) => a - b);
const result = { addAndStopUs: addAndStop(few), ratioTenThousandToHundred: ratios[3] };
console.log(
  `\nadd and stop one registration: ${result.addAndStopUs.toFixed(0)} us among 100; among 10,000: ${ratios[3].toFixed(2)} x`,
);
console.log(JSON.stringify(result));
process.exit();
