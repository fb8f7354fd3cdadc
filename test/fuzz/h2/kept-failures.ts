/** What the fuzzer has found once: each is a case that failed before it was mended. */
import { readdirSync, readFileSync } from "node:fs";
import { type FuzzCase, read } from "./fuzz-case.js";

const folder = new URL("./failures/", import.meta.url);

export const keptFailures: readonly (readonly [file: string, fuzzCase: FuzzCase])[] = readdirSync(folder).map(
  (file) => [file, read(readFileSync(new URL(file, folder), "utf8"))],
);
