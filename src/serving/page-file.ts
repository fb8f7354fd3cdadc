/** A file of a page that is made by the build. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../errors.js";
import { ApiError } from "./api-error.js";

export async function pageFile(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (error) {
    throw codeOf(error) === "ENOENT"
      ? new ApiError(500, "NOT_BUILT", "The page is missing: build it with npm run build.")
      : error;
  }
}
