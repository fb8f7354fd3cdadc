// The entries of the package by the names that programs import, and the sources that they are made of.
import { readFileSync } from "node:fs";

const { exports } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Such as `["mooring/testing", "src/testing/index.ts"]`. */
export const entries = Object.entries(exports).flatMap(([path, { types }]) =>
  types
    ? [[path.replace(/^\./, "mooring"), types.replace("./dist/types/", "").replace(/\.d\.ts$/, ".ts")]]
    : [],
);
