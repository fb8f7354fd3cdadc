/** The built package: worker threads load their own files by URL, which only the build has as JavaScript. */
import { fileURLToPath } from "node:url";

const built = new URL("../../dist/index.js", import.meta.url).href;

export const { createMetrics, createRuntime, threadConnector, MooringError } = (await import(
  built
)) as typeof import("mooring");

export const fixture = (name: string): URL => new URL(`./${name}`, import.meta.url);

export const pathOf = (name: string): string => fileURLToPath(fixture(name));
