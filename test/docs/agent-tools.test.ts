/** docs/debugging.md has each tool of `mooring mcp`, with an example that the tool takes. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { doctorInput } from "../../src/mcp/tools/doctor.js";
import { explainInput } from "../../src/mcp/tools/explain.js";
import { faultInput } from "../../src/mcp/tools/inject-fault.js";
import { journalInput } from "../../src/mcp/tools/journal.js";
import { summaryInput } from "../../src/mcp/tools/recording-summary.js";
import { replayInput } from "../../src/mcp/tools/replay-until.js";
import { statusInput } from "../../src/mcp/tools/status.js";
import { tryInput } from "../../src/mcp/tools/try-tool.js";
import type { words } from "../../src/mcp/words.js";

const inputs = {
  status: statusInput,
  explain: explainInput,
  journal: journalInput,
  recording_summary: summaryInput,
  replay_until: replayInput,
  doctor: doctorInput,
  try_tool: tryInput,
  inject_fault: faultInput,
} satisfies Record<keyof typeof words, unknown>;

const guide = readFileSync(new URL("../../docs/debugging.md", import.meta.url), "utf8");

it.each(Object.entries(inputs))("%s", (name, input) => {
  const row = guide.split("\n").find((line) => line.startsWith(`| \`${name}\``));
  const examples = [...(row ?? "").matchAll(/`(\{.*?\})`/g)].map(([, json = ""]) => JSON.parse(json));
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) expect(input.safeParse(example).error).toBeUndefined();
});
