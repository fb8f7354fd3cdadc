// Draws a result as SVG bars, one file per chart, beside the JSON.
// `node bench/plots.mjs FILE` draws a result again.
import { writeFileSync } from "node:fs";
import { readResult } from "./report.mjs";
import { curveIn } from "./rows/idle.mjs";

const width = 720;
const labelWidth = 150;
const valueWidth = 90;
const barHeight = 22;
const gap = 8;
const head = 44;
const ours = "#1f6f8b";
const theirs = "#b8c4cc";

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Horizontal bars from zero; Mooring's have a colour of their own. */
function chart({ title, unit, digits = 1, bars }) {
  const height = head + bars.length * (barHeight + gap) + gap;
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const room = width - labelWidth - valueWidth;
  const drawn = bars.map(({ label, value }, i) => {
    const y = head + i * (barHeight + gap);
    const length = Math.max(1, (Math.max(0, value) / most) * room);
    const colour = label.startsWith("mooring") ? ours : theirs;
    const middle = y + barHeight * 0.7;
    return [
      `<text x="${labelWidth - 10}" y="${middle}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" fill="${colour}"/>`,
      `<text x="${(labelWidth + length + 6).toFixed(1)}" y="${middle}">${value.toFixed(digits)}</text>`,
    ].join("");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13" fill="#333">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="10" y="24" font-size="15" font-weight="bold">${escaped(title)} (${escaped(unit)})</text>
${drawn.join("\n")}
</svg>
`;
}

const plotHeight = 260;

/** A line for each client over moments that stand equally far apart, because they lie further and further apart; Mooring's have a colour of their own. */
function lineChart({ title, unit, digits = 0, lines }) {
  const moments = lines[0].points.map(({ label }) => label);
  const most = Math.max(...lines.flatMap(({ points }) => points.map(({ value }) => value)));
  const x = (i) => 40 + (i * (width - labelWidth - 80)) / Math.max(1, moments.length - 1);
  const y = (value) => head + plotHeight * (1 - Math.max(0, value) / most);
  const drawn = lines.map(({ label, points }) => {
    const colour = label.startsWith("mooring") ? ours : theirs;
    const path = points.map(({ value }, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const last = points.at(-1).value;
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${(x(points.length - 1) + 8).toFixed(1)}" y="${(y(last) + 4).toFixed(1)}">${escaped(label)} ${last.toFixed(digits)}</text>`,
    ].join("");
  });
  const axis = moments.map(
    (label, i) =>
      `<text x="${x(i).toFixed(1)}" y="${head + plotHeight + 22}" text-anchor="middle">${label}</text>`,
  );
  const height = head + plotHeight + 36;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13" fill="#333">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="10" y="24" font-size="15" font-weight="bold">${escaped(title)} (${escaped(unit)})</text>
${[...drawn, ...axis].join("\n")}
</svg>
`;
}

const bars = (rows, value) => rows.map((row) => ({ label: row.peer, value: value(row) }));

/** By row group: the charts that its result makes. */
const drawings = {
  throughput: ({ tables }) => [
    {
      name: "throughput",
      title: "Answers a second on one core, 10 × 16 in flight",
      unit: "thousands",
      bars: bars(tables.find(({ registrations }) => registrations === 10).rows, (row) => row.perSecond / 1e3),
    },
  ],
  "half-load": ({ tables: [, everybody] }) => [
    {
      name: "latency",
      title: `p99 at ${everybody.rate} requests a second`,
      unit: "ms",
      digits: 2,
      bars: bars(everybody.rows, (row) => row.p99),
    },
  ],
  idle: ({ memory }) => [
    {
      name: "memory",
      title: `Resident memory of an idle registration, ${memory.at(-1).registrations} of them`,
      unit: "KB",
      bars: bars(memory.at(-1).rows, (row) => row.resident),
    },
    {
      name: "memory-curve",
      title: `Resident memory of an idle registration from the start on, ${memory.at(-1).registrations} of them`,
      unit: "KB",
      lines: memory.at(-1).rows.map((row) => ({
        label: row.peer,
        points: curveIn(row).map(({ atMs, kb }) => ({ label: `${atMs / 1_000} s`, value: kb })),
      })),
    },
  ],
  storm: ({ registrations, tables: [streams] }) => [
    {
      name: "storm",
      title: `${registrations} registrations back after all streams ended`,
      unit: "ms",
      digits: 0,
      bars: bars(streams.rows, (row) => row.ms),
    },
  ],
};

/** `results/v20.json` gets `results/v20-throughput.svg` and so on. */
export function writePlots(result, file) {
  for (const [row, draw] of Object.entries(drawings)) {
    if (result[row] === undefined) continue;
    for (const { name, ...drawing } of draw(result[row]))
      writeFileSync(
        `${file.replace(/\.json$/, "")}-${name}.svg`,
        drawing.lines ? lineChart(drawing) : chart(drawing),
      );
  }
}

const [, script, file] = process.argv;
if (script.endsWith("plots.mjs") && file) {
  const result = readResult(file);
  if (!result) throw new Error(`${file} is not there, or not of this format: run the benchmark again.`);
  writePlots(result, file);
}
