/** `mooring run FILE --watch` as a process, with the embedded gateway. */
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Gateway, startGateway } from "mooring/gateway";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { startCommand } from "../support/run-command.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

let gateway: Gateway;
let folder = "";
beforeEach(async () => {
  const started = await startGateway({ approval: "automatic" });
  // Inside the package, so that modules import it by its name.
  folder = await mkdtemp(join(root, "build", "watch-"));
  gateway = started;
  onTestFinished(async () => {
    await started.close();
    await rm(folder, { recursive: true, force: true });
  });
});

const at = (name: string) => join(folder, name);
const put = (name: string, text: string) => writeFile(at(name), text);

/** As editors save: a new file in the old one's place. */
async function save(name: string, text: string): Promise<void> {
  await put(`${name}.tmp`, text);
  await rename(at(`${name}.tmp`), at(name));
}

function watching(file: string, env: Readonly<Record<string, string>> = {}) {
  const options = ["--watch", "--url", gateway.url, "--instance", "i", "--control", at("c.sock")];
  return startCommand(["run", at(file), ...options], { HOME: folder, ...env });
}

const says = async (type = "words") => (await gateway.execute(`default.${type}.i`)).json();

/** A server whose answers wait: handlers that ask it run for as long as a test wants. */
async function gate() {
  const waiting: ServerResponse[] = [];
  const arrivals: (() => void)[] = [];
  const server = createServer((_, response) => {
    waiting.push(response);
    arrivals.shift()?.();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // a listening TCP server has one
  return {
    url: `http://127.0.0.1:${port}/`,
    arrived: () => new Promise<void>((resolve) => arrivals.push(resolve)),
    open: () => {
      for (const response of waiting.splice(0)) response.end();
    },
  };
}

const connector = (imports: string, body: string, type = "words") => `
  import { requestResponseConnector } from "mooring";
  ${imports}
  export default requestResponseConnector({ type: "${type}", version: "1.0.0", execute: async (request) => { ${body} } });`;

describe.each([
  ["JavaScript", "main.mjs", "words.mjs"],
  ["JavaScript of a package of modules", "main.js", "words.js"],
  ["TypeScript", "main.ts", "words.ts"],
  ["TypeScript that imports JavaScript", "main.ts", "words.mjs"],
])("in %s", (_, main, words) => {
  it("a change of what the module imports, and of itself, is served without a new process", async () => {
    await put(words, `export const words = "one";`);
    await put(main, connector(`import { words } from "./${words.replace("ts", "js")}";`, "return words;"));
    const run = watching(main);
    await run.says("1 ready");
    expect(await says()).toBe("one");
    await save(words, `export const words = "two";`);
    await run.says("reloaded: default.words.i");
    expect(await says()).toBe("two");
    await save(main, connector(`import { words } from "./${words.replace("ts", "js")}";`, "return [words];"));
    await run.says(/reloaded: default\.words\.i[\s\S]*reloaded: default\.words\.i/);
    expect(await says()).toEqual(["two"]);
    run.child.kill("SIGTERM");
    expect(await run.exited).toBe(143);
    // On the stream that it had.
    expect(run.output().match(/"to":"connecting"/g)).toHaveLength(1);
  });
});

it("a request that runs is answered by the old code, those that come meanwhile by the new, and none is lost", async () => {
  const held = await gate();
  const code = (word: string) =>
    connector(
      "",
      `if (request.json()?.wait) await fetch(process.env.GATE, { headers: { connection: "close" } }); return "${word}";`,
    );
  await put("main.mjs", code("old"));
  const run = watching("main.mjs", { GATE: held.url });
  await run.says("1 ready");
  const arrived = held.arrived();
  const slow = gateway.execute("default.words.i", { payload: { wait: true } });
  await arrived;
  // Requests without a pause, over the whole of it.
  let isOver = false;
  const traffic = Promise.all(
    [0, 1, 2, 3].map(async () => {
      const answers = [await says()];
      while (!isOver) answers.push(await says());
      return answers;
    }),
  );
  expect(await says()).toBe("old");
  await save("main.mjs", code("new"));
  await run.says("reloaded: default.words.i");
  expect(await says()).toBe("new");
  isOver = true;
  // Each has an answer, and nobody meets the old code after the new.
  for (const answers of await traffic) expect(answers.join(" ")).toMatch(/^(old ?)*(new ?)*$/);
  held.open();
  expect((await slow).json()).toBe("old");
});

it("what the old code imports late is of its own load", async () => {
  const held = await gate();
  await put("words.mjs", `export const words = "one";`);
  const body = `if (request.json()?.wait) await fetch(process.env.GATE, { headers: { connection: "close" } });
    return (await import("./words.mjs")).words;`;
  await put("main.mjs", connector("", body));
  const run = watching("main.mjs", { GATE: held.url });
  await run.says("1 ready");
  expect(await says()).toBe("one");
  const arrived = held.arrived();
  const slow = gateway.execute("default.words.i", { payload: { wait: true } });
  await arrived;
  await save("words.mjs", `export const words = "two";`);
  await run.says("reloaded: default.words.i");
  expect(await says()).toBe("two");
  held.open();
  expect((await slow).json()).toBe("one");
});

it("a file that does not load is told with its place, the old code goes on, and the next change mends it", async () => {
  await put("words.mjs", `export const words = "one";`);
  const main = connector(`import { words } from "./words.mjs";`, "return words;");
  await put("main.mjs", main);
  const run = watching("main.mjs");
  await run.says("1 ready");
  await save("words.mjs", "export const words = ;");
  const [broken = ""] = await run.says(/not reloaded: .*goes on\./);
  expect(broken).toContain("SyntaxError");
  expect(run.output()).toMatch(/"level":40,"time":\d+,"msg":"not reloaded: /);
  expect(broken).toContain("words.mjs:1");
  expect(broken).toContain("The code from before goes on.");
  expect(await says()).toBe("one");
  await save("words.mjs", `export const words = "two"; throw new TypeError("not today");`);
  await run.says("TypeError: not today");
  await save("main.mjs", main.replace("./words.mjs", "./other.mjs"));
  await run.says(/Cannot find module .*other\.mjs/);
  expect(await says()).toBe("one");
  // It is looked for where it was missing.
  await save("other.mjs", `export const words = "three";`);
  await run.says("reloaded: default.words.i");
  expect(await says()).toBe("three");
  await save("main.mjs", "export const nothing = 1;");
  await run.says("exports no connector");
  expect(await says()).toBe("three");
});

it("a folder that a build removes and makes again is watched on", async () => {
  const build = async (word: string) => {
    await mkdir(at("dist"));
    await put("dist/main.mjs", connector("", `return "${word}";`));
  };
  await build("one");
  const run = watching("dist/main.mjs");
  await run.says("1 ready");
  for (const [index, word] of ["two", "three"].entries()) {
    await rm(at("dist"), { recursive: true });
    await run.says(new RegExp(`("not reloaded: [\\s\\S]*){${index + 1}}`));
    await build(word);
    await run.says(new RegExp(`("reloaded: [\\s\\S]*){${index + 1}}`));
    expect(await says()).toBe(word);
  }
});

it("of an event connector it is told that what is in its memory begins anew", async () => {
  const module = (version: string) => `
    import { eventConnector } from "mooring";
    export default eventConnector({ type: "news", version: "${version}" });`;
  await put("main.mjs", module("1.0.0"));
  const run = watching("main.mjs");
  await run.says("1 ready");
  await gateway.execute("default.news.i", {
    capabilityId: "publish",
    payload: { topic: "a.b", payload: 1 },
  });
  await save("main.mjs", module("1.0.1"));
  await run.says("reloaded: default.news.i (events and subscriptions in its memory begin anew)");
  const topics = await gateway.execute("default.news.i", { capabilityId: "topics", payload: {} });
  expect(JSON.stringify(topics.json())).not.toContain("a.b");
});

it("what the connector says of itself is registered again, on its stream", async () => {
  const tools = (...names: readonly string[]) => `
    import { defineTool, jsonSchema, toolConnector } from "mooring";
    const of = (name) => defineTool({ name, description: name, input: jsonSchema({ type: "object" }), run: () => ({ name }) });
    export default toolConnector("kit", ${JSON.stringify(names)}.map(of));`;
  await put("main.mjs", tools("saw"));
  const run = watching("main.mjs");
  await run.says("1 ready");
  let told = () => {};
  const again = new Promise<void>((resolve) => {
    told = resolve;
  });
  gateway.on((event) => {
    if (event.type === "registered") told();
  });
  await save("main.mjs", tools("saw", "axe"));
  await run.says("reloaded: default.kit.i");
  await again;
  const call = { capabilityId: "axe", payload: { parameters: {} } };
  expect((await gateway.execute("default.kit.i", call)).json()).toEqual({ name: "axe" });
  const capabilities = await fetch(`${gateway.httpUrl}/api/registrations/default.kit.i/capabilities`);
  expect(await capabilities.text()).toContain("axe");
});

it("registrations come, change and go, and a request that runs is answered", async () => {
  const held = await gate();
  const module = (entries: string) => `
    import { requestResponseConnector } from "mooring";
    const of = (type, version) => requestResponseConnector({ type, version: "1.0.0", execute: async (request) => {
      if (request.json()?.wait) await fetch(process.env.GATE, { headers: { connection: "close" } });
      return [type, version];
    } });
    console.log("loaded");
    export default [${entries}];`;
  await put("main.mjs", module(`{ connector: of("a", 1), displayName: "First" }`));
  const run = watching("main.mjs", { GATE: held.url });
  await run.says("1 ready");
  const arrived = held.arrived();
  const slow = gateway.execute("default.a.i", { payload: { wait: true } });
  await arrived;
  await save("main.mjs", module(`{ connector: of("a", 2), displayName: "Second" }, of("b", 1)`));
  // Loaded, it waits for the request that runs.
  await run.says(/loaded[\s\S]*loaded/);
  const meanwhile = says("a");
  held.open();
  await run.says(/reloaded: default\.a\.i, default\.b\.i added/);
  expect((await slow).json()).toEqual(["a", 1]);
  expect([
    ["a", 1],
    ["a", 2],
  ]).toContainEqual(await meanwhile);
  expect(await says("a")).toEqual(["a", 2]);
  expect(await says("b")).toEqual(["b", 1]);
  await save("main.mjs", module(`of("b", 2)`));
  await run.says("default.a.i removed");
  expect(await says("b")).toEqual(["b", 2]);
  const status = startCommand(["status", "--json", "--control", at("c.sock")]);
  expect(await status.exited).toBe(0);
  expect(JSON.parse(status.output()).registrations.map(({ key }: { key: string }) => key)).toEqual([
    "default.b.i",
  ]);
});

it("what the old code held is closed when its requests are over", async () => {
  const module = (word: string) => `
    import { requestResponseConnector } from "mooring";
    const connector = requestResponseConnector({ type: "words", version: "1.0.0", execute: () => "${word}" });
    export default { ...connector, close: async () => console.log("closed ${word}") };`;
  await put("main.mjs", module("one"));
  const run = watching("main.mjs");
  await run.says("1 ready");
  await save("main.mjs", module("two"));
  await run.says("closed one");
  expect(await says()).toBe("two");
  expect(run.output()).not.toContain("closed two");
});

describe("--watch is refused", () => {
  it.each([
    [["--mcp", "node x.js", "--watch"], "--watch loads a module anew when it changes: name one."],
    [["a.mjs", "--watch", "--workers", "1"], "--watch goes without --workers"],
  ])("%j", async (args, words) => {
    const run = startCommand(["run", ...args]);
    expect(await run.exited).toBe(2);
    expect(run.output()).toContain(words);
  });
});
