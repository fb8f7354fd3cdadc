// What a subject does when it is told to invoke: so many at once, for so long, each as soon as the one before is answered.
import { percentile } from "../statistics.mjs";

const value = { text: "x".repeat(117) };

async function invokeFor(ms, window, invoke, latencies = []) {
  const begun = performance.now();
  const lane = async () => {
    for (let at = performance.now(); at - begun < ms; at = performance.now()) {
      await invoke(value);
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: window }, lane));
  return (performance.now() - begun) / 1_000;
}

/** `invoke` resolves with the answer to a value; it is not called before `ready`. */
export function answerInvoke(invoke, ready) {
  process.on("message", async ({ invoke: shape }) => {
    if (!shape) return;
    await ready;
    const { window, warmupMs, ms } = shape;
    await invokeFor(warmupMs, window, invoke);
    const before = process.cpuUsage();
    const latencies = [];
    const seconds = await invokeFor(ms, window, invoke, latencies);
    const { user, system } = process.cpuUsage(before);
    const answers = latencies.length;
    latencies.sort((a, b) => a - b);
    process.send({
      invoked: {
        perSecond: answers / seconds,
        cpuUs: (user + system) / answers,
        p50: percentile(latencies, 0.5),
        p99: percentile(latencies, 0.99),
      },
    });
  });
}
