/** The code that `mooring machines` prints compiles. */
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";
import { runCommand } from "../support/run-command.js";

/** Checks the types of a module that lies in this folder, by the settings of this repository. */
function complaints(code: string): readonly string[] {
  const file = fileURLToPath(new URL("printed.ts", import.meta.url));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, target) =>
    name === file ? ts.createSourceFile(name, code, target) : getSourceFile(name, target);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

it("the code of all machines compiles", async () => {
  const { code, output } = await runCommand(["machines", "--format", "stately"], {});
  expect(code).toBe(0);
  expect(complaints(output)).toEqual([]);
  expect(complaints(output.replace('type: "parallel"', 'type: "paralel"'))).not.toEqual([]);
});
