// What inspection costs while it is on, and while the page is open. Off, it must cost nothing: that is the throughput row.
import { mooring, peer } from "../peers.mjs";
import { echo } from "./echo.mjs";
import { interleave } from "./samples.mjs";

export const name = "inspection";

/** What the page does: it reads all that comes, and looks at one registration. */
async function openPage(subject) {
  const { origin, search } = new URL(await subject.ask("page", "page"));
  const { body } = await fetch(`${origin}/events${search}`);
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  const viewer = /"viewer":(\d+)/.exec(value)[1];
  await fetch(`${origin}/look${search}&viewer=${viewer}&key=t.echo.i0`, { method: "POST" });
  const readOn = async () => {
    while (!(await reader.read()).done);
  };
  // It ends with the subject.
  readOn().catch(() => {});
}

const modes = [
  { name: "off", env: {} },
  { name: "on", env: { BENCH_INSPECT: "1" } },
  { name: "page open", env: { BENCH_INSPECT: "page" }, attend: openPage },
];

export async function measure({ quick, rounds }) {
  const shape = { window: 16, warmupMs: quick ? 300 : 700, ms: quick ? 500 : 1_000 };
  const samples = await interleave(modes, rounds, ({ env, attend }) =>
    echo(peer(mooring), 10, shape, { env, attend }),
  );
  return {
    onToOff: samples.ratio("on", "off", "perSecond"),
    openToOff: samples.ratio("page open", "off", "perSecond"),
    // Of others on the machine it is disturbed less.
    cpuOnToOff: samples.ratio("on", "off", "cpuUs"),
    cpuOpenToOff: samples.ratio("page open", "off", "cpuUs"),
  };
}

/** Results of before have nothing of the page. */
export const tables = ({ onToOff, openToOff, cpuOnToOff, cpuOpenToOff }) => [
  {
    title: "inspection on, answers a second × off",
    columns: ["what", "×", "spread %"],
    lines: [
      ["nobody looks", onToOff],
      ["page open", openToOff],
      ["nobody looks, processor time of an answer", cpuOnToOff],
      ["page open, processor time of an answer", cpuOpenToOff],
    ].flatMap(([what, ratio]) => (ratio ? [[what, ratio.value.toFixed(2), ratio.spread.toFixed(0)]] : [])),
  },
];

export const targets = ({ openToOff }) =>
  openToOff ? [{ what: "answers a second with the page open, × off", ...openToOff, atLeast: 0.9 }] : [];
