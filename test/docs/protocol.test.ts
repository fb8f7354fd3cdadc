/** docs/protocol.md has every name that the wire and its errors have in code. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { noCounters } from "../../machines/index.js";
import { noWork } from "../../src/execution/work-counters.js";
import { environmentNames } from "../../src/runtime/environment-variables.js";
import { sdkFacts } from "../../src/session/sdk-facts.js";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const protocol = read("docs/protocol.md");

/** The texts of a union of texts. */
function unionOf(path: string, name: string): readonly string[] {
  const [, body = ""] = new RegExp(`type ${name} =([^;]+);`).exec(read(path)) ?? [];
  return [...body.matchAll(/"([^"]+)"/g)].map(([, text = ""]) => text);
}

const routes = [...read("src/gateway/api.ts").matchAll(/"(?:GET|POST) (\/[\w/-]+)"/g)].map(
  ([, path = ""]) => path,
);

describe("docs/protocol.md names", () => {
  it.each([
    ["the variables of the environment", Object.keys(environmentNames)],
    ["the codes of errors", unionOf("src/errors.ts", "MooringErrorCode")],
    ["the reasons of disconnects", unionOf("machines/failure.ts", "DisconnectReason")],
    ["the counters", [...Object.keys(noCounters), ...Object.keys(noWork())]],
    ["the facts about the process", Object.keys(sdkFacts({ kind: "grpc", tls: false }))],
    ["the paths of the HTTP API", routes],
  ])("%s", (_, names) => {
    expect(names.length).toBeGreaterThan(4);
    expect(names.filter((name) => !protocol.includes(name))).toEqual([]);
  });
});
