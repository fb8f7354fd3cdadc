/** Nothing above the adapters is named after a protocol of theirs, and nothing there asks for one of its codes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folders = ["machines", "src/session", "src/actors", "src/runtime", "src/execution", "src/workers"];
const shared = ["src/transport", "src/transport/pool"];

const names = /goaway|\btrailers\b|http\/?2|grpc-status|rst_?stream/i;
const codes =
  /\bRST_|\bSETTINGS\b|\b(?:UNAVAILABLE|UNAUTHENTICATED|PERMISSION_DENIED|INVALID_ARGUMENT|RESOURCE_EXHAUSTED)\b/;

/** Tells people what the adapters are, and what they are made of. */
const isSentence = (line: string) =>
  line.includes("What carries the streams: `h2` (gRPC on HTTP/2 of our own)");

function filesIn(folder: string, recursive: boolean): readonly string[] {
  const names = readdirSync(join(root, folder), { recursive, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts")).map((name) => `${folder}/${name}`);
}

it("above the adapters", () => {
  const files = [
    ...folders.flatMap((folder) => filesIn(folder, true)),
    ...shared.flatMap((folder) => filesIn(folder, false)),
  ];
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .filter((line) => (names.test(line) || codes.test(line)) && !isSentence(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
