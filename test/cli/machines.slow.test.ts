/** `mooring machines`: what is printed is the machine that runs. That it compiles is in `machines-types.slow.test.ts`. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import * as xstate from "xstate";
import { registrationMachine } from "../../machines/index.js";
import { machines } from "../support/every-machine.js";
import { shapeOf } from "../support/machine-shape.js";
import { runCommand } from "../support/run-command.js";

const command = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** What the command prints; rejects when it fails. */
async function printed(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [command, "machines", ...args]);
  expect(stderr).toBe("");
  return stdout;
}

/** Runs printed code; it may import XState's `createMachine`, and nothing else. */
function run(code: string): Readonly<Record<string, xstate.AnyStateMachine>> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exported = {};
  const load = (name: string) => {
    expect(name).toBe("xstate");
    return { createMachine: xstate.createMachine };
  };
  new Function("require", "exports", outputText)(load, exported);
  return exported;
}

const exportOf = ({ id }: xstate.AnyStateMachine): string => `${id}Machine`;

describe("the code of all machines", () => {
  let code = "";
  beforeAll(async () => {
    code = await printed("--format", "stately");
  });

  it("is one literal for each, without references to anything", () => {
    const file = ts.createSourceFile("printed.ts", code, ts.ScriptTarget.ES2022, true);
    const [, ...statements] = file.statements;
    expect(statements.map(ts.isVariableStatement)).toEqual(machines.map(() => true));
    const strange: string[] = [];
    const look = (node: ts.Node): void => {
      if (ts.isPropertyAssignment(node)) return look(node.initializer);
      if (ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node))
        return ts.forEachChild(node, look);
      const isPlain = ts.isLiteralExpression(node) || /^(true|false|null)$/.test(node.getText());
      if (!isPlain) strange.push(node.getText());
    };
    for (const statement of statements) {
      if (!ts.isVariableStatement(statement)) continue;
      const made = statement.declarationList.declarations[0]?.initializer;
      if (!made || !ts.isCallExpression(made)) throw new Error("No call.");
      expect(made.expression.getText()).toBe("createMachine");
      expect(made.arguments).toHaveLength(1);
      made.arguments.forEach(look);
    }
    expect(strange).toEqual([]);
  });

  it("makes the machines that run", () => {
    const made = run(code);
    expect(Object.keys(made)).toEqual(machines.map(exportOf));
    for (const machine of machines)
      expect(shapeOf(made[exportOf(machine)] as xstate.AnyStateMachine)).toEqual(shapeOf(machine));
  });
});

describe.each(machines.map((machine) => [machine.id, machine] as const))("%s", (name, machine) => {
  it("is printed by itself as code, and as data that says the same", async () => {
    const made = run(await printed(name));
    expect(Object.keys(made)).toEqual([exportOf(machine)]);
    expect(shapeOf(made[exportOf(machine)] as xstate.AnyStateMachine)).toEqual(shapeOf(machine));
    const data = JSON.parse(await printed(name, "--format", "json"));
    expect(shapeOf(xstate.createMachine(data))).toEqual(shapeOf(machine));
  });
});

/** Each changes one thing that a definition says. */
const changes: readonly (readonly [what: string, change: (code: string) => string])[] = [
  ["an event", (code) => code.replace('"stream.ended"', '"stream.over"')],
  ["a guard", (code) => code.replace('guard: "isReconnectOff"', 'guard: "isReconnectOn"')],
  ["a target", (code) => code.replace('target: "backoff.refused"', 'target: "backoff.transient"')],
  ["an action", (code) => code.replace('actions: "keepOpened"', 'actions: "forget"')],
  ["a parameter", (code) => code.replace('params: { reason: "failed" }', 'params: { reason: "paused" }')],
  ["a delay", (code) => code.replace("reconnectGrace:", "finishTimeout:")],
  ["an entry", (code) => code.replace('entry: "beginAttempt"', 'entry: "noteEntry"')],
  ["an exit", (code) => code.replace('exit: ["disarmStable", ', "exit: [")],
  ["an invoked actor", (code) => code.replace('src: "openStream"', 'src: "open"')],
  ["a tag", (code) => code.replace('tags: "backingOff"', 'tags: "draining"')],
  ["a description", (code) => code.replace('"the six public states"', '"six states"')],
  ["what a state says of itself", (code) => code.replace('standing: "serving"', 'standing: "stopped"')],
  ["a history", (code) => code.replace('history: "deep"', 'history: "shallow"')],
  ["a final state", (code) => code.replace('type: "final"', 'type: "atomic"')],
  ["where it begins", (code) => code.replace('initial: "connecting"', 'initial: "backoff"')],
  ["a candidate that is missing", (code) => code.replace(/(\{ guard: "isOk".*\}),\n/, "").trim()],
];

describe("a machine of another shape", () => {
  let code = "";
  beforeAll(async () => {
    code = await printed("registration");
  });

  it.each(changes)("is told by %s", (_, change) => {
    const changed = change(code);
    expect(changed).not.toBe(code);
    const made = run(changed).registrationMachine as xstate.AnyStateMachine;
    expect(shapeOf(made)).not.toEqual(shapeOf(registrationMachine));
  });
});

describe("the command", () => {
  it("lists the machines with what each is", async () => {
    const lines = (await printed()).trim().split("\n");
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual(
      machines.map(({ id, config }) => [id, (config as { description?: string }).description]),
    );
  });

  it("prints all as data by their names", async () => {
    const all: Record<string, object> = JSON.parse(await printed("--format", "json"));
    expect(Object.keys(all)).toEqual(machines.map(({ id }) => id));
    for (const machine of machines)
      expect(shapeOf(xstate.createMachine(all[machine.id] as object))).toEqual(shapeOf(machine));
  });

  it("prints diagrams as the documents have them: one by itself, all in a document", async () => {
    const one = await printed("liveness", "--format", "mermaid");
    expect(one).toMatch(/^stateDiagram-v2\n/);
    expect(one).toContain("liveness_doubtful_any --> liveness_deaf : after restOfTimeout");
    const all = await printed("--format", "mermaid");
    expect(all.match(/^## (.*)$/gm)).toEqual(machines.map(({ id }) => `## ${id}`));
    expect(all).toContain(`\`\`\`mermaid\n${one.trim()}\n\`\`\``);
  });

  it("names the machines when it is asked for another", async () => {
    expect(await runCommand(["machines", "toString"], {})).toEqual({
      code: 2,
      output:
        'mooring: There is no machine "toString". There are registration, credentials, liveness, partition, supervisor, worker, hostedRegistration, socket, transportChoice, mcpServer.\n',
    });
    const { code, output } = await runCommand(["machines", "--format", "svg"], {});
    expect(code).toBe(2);
    expect(output).toContain("Allowed choices are stately, json, mermaid.");
  });
});
