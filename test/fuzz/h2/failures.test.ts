/** What the fuzzer has found once: each is a case that failed before it was mended. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "vitest";
import { read } from "./fuzz-case.js";
import { runCase } from "./run-case.js";

const folder = new URL("./failures/", import.meta.url);
const files = readdirSync(folder);

describe("a case that failed once passes", () => {
  it.each(files)("%s", (file) => runCase(read(readFileSync(new URL(file, folder), "utf8"))));
});
