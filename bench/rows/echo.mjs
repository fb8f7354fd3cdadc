// One measurement of the echo work: starts driver and subject, loads them, ends them.
import { withSubject } from "../processes.mjs";

/** On a busy machine a subject may not get to answer anything at all; that tells nothing about it. */
const attempts = 3;

async function once(peer, count, shape, { attend, ...options }) {
  return withSubject(peer, count, options, async ({ driver, subject }) => {
    await attend?.(subject);
    const before = driver.next("counting").then(() => subject.ask("cpu", "figures"));
    const result = await driver.ask({ load: shape }, "result");
    if (result.wrong > 0)
      throw new Error(`${peer.name} sent ${result.wrong} answers to requests that were not in flight.`);
    const after = await subject.ask("cpu", "figures");
    const cpuMs = after.cpuMs - (await before).cpuMs;
    return { ...result, cpuUs: (cpuMs * 1_000) / result.answers };
  });
}

/** `attend`: what is begun at the subject before it is loaded. What the driver saw, and the subject's processor time per answer in microseconds. */
export async function echo(peer, count, shape, options = {}) {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const result = await once(peer, count, shape, options);
    if (result.answers > 0) return result;
  }
  throw new Error(
    `${peer.name} answered nothing within ${shape.ms} ms, ${attempts} times: is the machine busy with something else?`,
  );
}
