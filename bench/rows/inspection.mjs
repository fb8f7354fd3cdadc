// What inspection costs while it is on. Off, it must cost nothing: that is the throughput row.
import { mooring, peer } from "../peers.mjs";
import { echo } from "./echo.mjs";
import { fewer, interleave } from "./samples.mjs";

export const name = "inspection";

export async function measure({ quick, rounds }) {
  const shape = { window: 16, warmupMs: quick ? 300 : 700, ms: quick ? 500 : 1_000 };
  const modes = [
    { name: "off", env: {} },
    { name: "on", env: { BENCH_INSPECT: "1" } },
  ];
  const samples = await interleave(modes, fewer(rounds, 2), ({ env }) =>
    echo(peer(mooring), 10, shape, { env }),
  );
  return { onToOff: samples.ratio("on", "off", "perSecond") };
}

export const tables = (data) => [
  {
    title: "inspection on, answers a second × off",
    columns: ["×", "spread %"],
    lines: [[data.onToOff.value.toFixed(2), data.onToOff.spread.toFixed(0)]],
  },
];

export const targets = () => [];
