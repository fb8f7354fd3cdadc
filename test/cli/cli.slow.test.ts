import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRuntime } from "mooring";
import { startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { echo } from "../support/connectors.js";
import { startCommand } from "../support/run-command.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const ends: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The built command, ended before what it works with. */
function mooring(args: readonly string[], env: Record<string, string> = {}) {
  const command = startCommand(args, env);
  ends.push(() => command.child.kill("SIGKILL"));
  return command;
}

async function folder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "mooring-cli-"));
  ends.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

describe("mooring run, status and explain", () => {
  it("hosts the connectors of a TypeScript module, answers questions about them, and drains at the first signal", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    ends.push(() => gateway.close());
    const control = join(await folder(), "control.sock");
    const run = mooring([
      "run",
      "examples/calculator.ts",
      "--url",
      gateway.url,
      "--tenant",
      "acme",
      "--instance",
      "calc-1",
      "--control",
      control,
    ]);
    await run.says("1 ready, 0 waiting for approval, 0 not connected");
    const answer = await gateway.execute("acme.calculator.calc-1", {
      payload: { parameters: { a: 6, b: 3 } },
      capabilityId: "divide",
    });
    expect(answer.json()).toEqual({ result: 2 });

    const refused = await gateway.execute("acme.calculator.calc-1", {
      payload: { parameters: { a: 6, b: 0 } },
      capabilityId: "divide",
    });
    expect(refused.success).toBe(false);

    const status = mooring(["status", "--control", control]);
    expect(await status.exited).toBe(0);
    expect(status.output()).toMatch(/^REGISTRATION +STATE +SINCE +ANSWERED +FAILED +CAUSE +NEXT$/m);
    expect(status.output()).toMatch(/^acme\.calculator\.calc-1 {2}streaming\.serving {2}[\d:]{8} {2}2 +1 /m);
    const asJson = mooring(["status", "--control", control, "--json"]);
    await asJson.exited;
    expect(JSON.parse(asJson.output())).toMatchObject({ ready: true, phase: "running" });
    const explain = mooring(["explain", "acme.calculator.calc-1", "--control", control]);
    await explain.exited;
    expect(explain.output()).toContain("registered, approved and taking requests");
    const unknown = mooring(["explain", "no.such.one", "--control", control]);
    expect(await unknown.exited).toBe(2);
    expect(unknown.output()).toContain(
      'There is no registration "no.such.one". Registrations: acme.calculator.calc-1.',
    );

    run.child.kill("SIGINT");
    expect(await run.exited).toBe(130);
    expect(run.output()).toContain("acme.calculator.calc-1  stopped");
    expect(run.output()).toContain(
      "drained: 0 requests finished, 0 handed back, 0 cancelled, 0 results unconfirmed",
    );
    // Nobody reads it on a terminal, and nothing went wrong: no line but what programs read, no warning.
    const lines = run
      .output()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ level }) => level !== 30)).toEqual([]);
  });

  it("spreads the registrations over worker threads", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    ends.push(() => gateway.close());
    const control = join(await folder(), "control.sock");
    const file = join(root, "test/workers/connectors.mjs");
    const options = ["--workers", "2", "--url", gateway.url, "--instance", "i", "--control", control];
    const run = mooring(["run", file, ...options]);
    await run.says("3 ready");
    expect((await gateway.execute("default.where.i")).success).toBe(true);
    const status = mooring(["status", "--control", control, "--json"]);
    await status.exited;
    const { registrations } = JSON.parse(status.output()) as { registrations: { worker: number }[] };
    expect(registrations.map(({ worker }) => worker).sort()).toEqual([1, 1, 2]);
    run.child.kill("SIGTERM");
    expect(await run.exited).toBe(143);
  });

  it("takes JavaScript, arrays and several exports", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    ends.push(() => gateway.close());
    const file = join(root, "dist", `several-${process.pid}.mjs`);
    ends.push(() => rm(file, { force: true }));
    await writeFile(
      file,
      `import { requestResponseConnector } from "mooring";
       const of = (type) => requestResponseConnector({ type, version: "1.0.0", execute: () => type });
       export const one = of("one");
       export default [{ connector: of("two"), instanceId: "x" }, of("three")];`,
    );
    const run = mooring(["run", file, "--url", gateway.url, "--control", join(await folder(), "c.sock")], {
      INSTANCE_ID: "i",
    });
    await run.says("3 ready");
    expect(
      gateway
        .registrations()
        .map((one) => one.key)
        .sort(),
    ).toEqual(["default.one.i", "default.three.i", "default.two.x"]);
    run.child.kill("SIGTERM");
    expect(await run.exited).toBe(143);
  });

  it.each([
    [1, ["run", "no-such-file.ts"], "does not exist: name a file"],
    [1, ["run", "README.md"], "The module must end in .js, .mjs, .ts or .mts"],
    [1, ["run", "test/workers/no-connectors.mjs"], "exports no connector"],
    [1, ["dev", "--host", "0.0.0.0", "--port", "0"], "adminToken is required"],
    [1, ["dev", "--tls-cert", "no-such.pem", "--tls-key", "no-such.pem"], "cannot be read: no-such.pem"],
    [2, ["explain", "--control", "/no/such.sock"], "No runtime answers at /no/such.sock"],
    [2, ["status", "--control", "/no/such.sock"], "No runtime answers at /no/such.sock"],
    [2, ["dev", "--approval", "maybe"], "'maybe' is invalid. Expected automatic or manual."],
    [2, ["dev", "--port", "70000"], "Expected a whole number from 0 to 65535"],
    [2, ["dev", "--prot", "1"], "unknown option '--prot' (Did you mean --port?)"],
    [2, ["stat"], "unknown command 'stat' (Did you mean status?)"],
    [2, ["run"], 'run needs a module, or --mcp "COMMAND"'],
    [2, ["run", "a.ts", "b.ts"], "too many arguments"],
    [2, ["status", "--pid", "me"], "Expected a whole number"],
  ])("with %i, %j ends with one line that says what is wrong", async (code, args, text) => {
    const run = mooring(args);
    expect(await run.exited).toBe(code);
    expect(run.output()).toContain(text);
    expect(run.output()).toMatch(/^mooring: .*\n$/);
  });

  it("the help of run shows no character that stands for nothing", async () => {
    const run = mooring(["run", "--help"]);
    expect(await run.exited).toBe(0);
    expect(run.output()).toMatch(/path of the\s+control\s+socket\n/);
    expect(run.output()).not.toContain("preset");
  });

  it("[C14 #72] says in one line that LOG_LEVEL is none", async () => {
    const run = mooring(["run", "examples/calculator.ts"], { LOG_LEVEL: "chatty" });
    expect(await run.exited).toBe(1);
    expect(run.output()).toMatch(/^mooring: LOG_LEVEL must be one of trace, .*; got "chatty"\.\n$/);
  });

  it("says at once what it waits for, and status has a code and a command for it", async () => {
    const directory = await folder();
    const control = join(directory, "c.sock");
    const run = mooring([
      "run",
      "examples/calculator.ts",
      "--url",
      "grpc://127.0.0.1:1",
      "--instance",
      "i",
      "--control",
      control,
    ]);
    await run.says(
      "waiting for the gateway at grpc://127.0.0.1:1: default.calculator.i: unreachable (ECONNREFUSED)",
    );
    expect(run.output()).not.toContain("0 ready");
    const status = mooring(["status", "--control", control]);
    expect(await status.exited).toBe(1);
    expect(status.output()).toContain(
      `unreachable (ECONNREFUSED): mooring explain default.calculator.i --control ${control}\n`,
    );
    const asJson = mooring(["status", "--json", "--control", control]);
    expect(await asJson.exited).toBe(1);
    for (const [args, code] of [
      [[], 1],
      [["default.calculator.i"], 1],
      [["default.calculator.j"], 2],
    ] as const) {
      const explain = mooring(["explain", ...args, "--control", control]);
      expect([args, await explain.exited]).toEqual([args, code]);
      const one = mooring(["status", ...args, "--json", "--control", control]);
      expect([args, await one.exited]).toEqual([args, code]);
      expect(one.output()).toContain(
        code === 1
          ? '"key": "default.calculator.i"'
          : 'There is no registration "default.calculator.j"; known: default.calculator.i.',
      );
    }
    run.child.kill("SIGTERM");
    expect(await run.exited).toBe(143);
  });
});

/** A module for `mooring run`, in the package so that it can import it. */
async function module(text: string): Promise<string> {
  const file = join(root, "dist", `module-${process.pid}-${ends.length}.mjs`);
  ends.push(() => rm(file, { force: true }));
  await writeFile(file, text);
  return file;
}

const one = `
  import { requestResponseConnector } from "mooring";
  export default requestResponseConnector({ type: "one", version: "1.0.0", execute: () => 1 });`;

describe("signals", () => {
  async function served(file: string, ...more: string[]) {
    const gateway = await startGateway({ approval: "automatic" });
    ends.push(() => gateway.close());
    const control = join(await folder(), "c.sock");
    const options = ["--url", gateway.url, "--instance", "i", "--control", control];
    const run = mooring(["run", file, ...options, ...more], { LOG_LEVEL: "info" });
    await run.says(" ready, ");
    return { gateway, run };
  }

  it.each(["", 'process.on("SIGINT", () => console.log("heard"));'])(
    "end a run whose module is still loading (%s)",
    async (listener) => {
      const file = await module(
        `${listener} setInterval(() => {}, 1_000); console.log("loading"); await new Promise(() => {});`,
      );
      const run = mooring(["run", file]);
      await run.says("loading");
      run.child.kill("SIGINT");
      expect(await run.exited).toBe(130);
    },
  );

  it("end a run that is still starting", async () => {
    const silent = createServer(() => {});
    ends.push(() => silent.close());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo; // a listening TCP server has an AddressInfo
    const control = join(await folder(), "c.sock");
    const run = mooring([
      "run",
      await module(one),
      "--url",
      `grpc://127.0.0.1:${port}`,
      "--control",
      control,
    ]);
    await run.says("connecting");
    run.child.kill("SIGINT");
    expect(await run.exited).toBe(130);
  });

  it("end a run whose module left something running", async () => {
    const { run } = await served(await module(`${one} setInterval(() => {}, 1_000);`));
    run.child.kill("SIGINT");
    expect(await run.exited).toBe(130);
  });

  it("[C17 #5] drain, close, and at the third end the process, though a handler never ends", async () => {
    const { gateway, run } = await served(join(root, "test/workers/connectors.mjs"), "--workers", "1");
    gateway.execute("default.harm.i", { payload: { how: "block" } }).catch(() => {});
    await run.says("harming");
    run.child.kill("SIGINT");
    await run.says("draining");
    run.child.kill("SIGINT");
    await run.says("closing");
    run.child.kill("SIGTERM");
    expect(await run.exited).toBe(143);
  });

  it("end the process at the third, though nothing can be closed", async () => {
    const stuck = `import { Server } from "node:http"; Server.prototype.close = () => {}; setInterval(() => {}, 1_000); ${one}`;
    const { run } = await served(await module(stuck));
    run.child.kill("SIGINT");
    await run.says("draining");
    run.child.kill("SIGINT");
    await run.says("closing");
    run.child.kill("SIGTERM");
    expect(await run.exited).toBe(143);
  });

  it.skipIf(process.platform === "win32")(
    "leave a thread that is stuck in native code to the system's own end",
    async () => {
      const file = await module(`
        import { execSync } from "node:child_process";
        import { requestResponseConnector } from "mooring";
        export default requestResponseConnector({ type: "stuck", version: "1.0.0", execute: (_, context) => {
          context.logger.info({}, "stuck");
          execSync("cat", { stdio: ["inherit", "ignore", "ignore"] });
        } });`);
      const { gateway, run } = await served(file, "--workers", "1");
      gateway.execute("default.stuck.i").catch(() => {});
      await run.says('"msg":"stuck"');
      run.child.kill("SIGINT");
      await run.says("draining");
      run.child.kill("SIGINT");
      await run.says("closing");
      let ended = false;
      void run.exited.then(() => {
        ended = true;
      });
      while (!ended) {
        run.child.kill("SIGTERM");
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(run.child.signalCode).toBe("SIGTERM");
    },
  );

  it("end the demonstration when all is shown and something more is announced, with what came of it", async () => {
    const demo = mooring(["demo", "--inspect"]);
    await demo.says("in 3 s: the gateway goes away for 5 s");
    demo.child.kill("SIGINT");
    expect(await demo.exited).toBe(0);
    expect(demo.output()).toContain(
      "answers were sent twice: a heartbeat confirms what came before it, and after each restart a registration sends every answer again that no heartbeat has confirmed, so that none is lost. The gateway kept the first of each",
    );
    expect(demo.output()).toContain("everything as it should be");
  });

  it("end the demonstration in the middle of it", async () => {
    const demo = mooring(["demo"]);
    await demo.says("gateway restart 1");
    demo.child.kill("SIGINT");
    expect(await demo.exited).toBe(130);
  });
});

describe("mooring run, ended while it starts", () => {
  it("reports the drain, and not that what it has ended is not connected", async () => {
    const options = ["--url", "grpc://127.0.0.1:1", "--tenant", "t", "--instance", "i"];
    const control = join(await folder(), "c.sock");
    const running = mooring(["run", "examples/calculator.ts", ...options, "--control", control]);
    await running.says("backoff.transient");
    running.child.kill("SIGINT");
    expect(await running.exited).toBe(130);
    expect(running.output()).toContain("drained: ");
    expect(running.output()).not.toMatch(/Trouble before that|not connected/);
  });
});

describe("mooring status and explain, with nobody to ask", () => {
  it.each(["status", "explain"])("%s says who can be asked, and how to get there", async (command) => {
    const directory = await folder();
    const asked = mooring([command], { XDG_RUNTIME_DIR: directory });
    expect(await asked.exited).toBe(2);
    expect(asked.output()).toBe(
      `mooring: No runtime of this user can be asked: nobody answers at a control socket in ${join(directory, "mooring")}. mooring run FILE serves one; a program with a runtime of its own has to call serveControl(runtime). For one with another path: --control PATH.\n`,
    );
  });

  it("says which of several runtimes has which registrations, and finds the one that a key names", async () => {
    const env = { XDG_RUNTIME_DIR: await folder() };
    const run = (instance: string) =>
      mooring(["run", "examples/calculator.ts", "--url", "grpc://127.0.0.1:1", "--instance", instance], env);
    const [one, two] = [run("one"), run("two")];
    await Promise.all([one, two].map(({ says }) => says("waiting for the gateway")));
    const status = mooring(["status"], env);
    expect(await status.exited).toBe(2);
    expect(status.output()).toContain(`${one.child.pid} (default.calculator.one)`);
    expect(status.output()).toContain(`${two.child.pid} (default.calculator.two)`);
    const explain = mooring(["explain", "default.calculator.two"], env);
    expect(await explain.exited).toBe(1);
    // Between two tries or in one: which of them, only the moment decides.
    expect(explain.output()).toMatch(/^default\.calculator\.two: (backoff|connecting)/m);
  });

  it("says so for a process that serves none", async () => {
    const asked = mooring(["status", "--pid", String(process.pid)], { XDG_RUNTIME_DIR: await folder() });
    expect(await asked.exited).toBe(2);
    expect(asked.output()).toContain(`The process ${process.pid} runs, but serves no control socket`);
  });
});

describe("mooring run with a module that cannot be loaded", () => {
  it.each([
    [
      "throws",
      'throw new TypeError("no such thing");',
      "cannot be loaded: TypeError: no such thing (FILE:1).\n",
    ],
    [
      "does not parse",
      "\nexport const a = ;",
      "cannot be loaded: SyntaxError: Unexpected token ';' (FILE:2).\n",
    ],
    ["leaves a timer running", "setInterval(() => {}, 1_000);", "exports no connector"],
    ["waits for ever", "await new Promise(() => {});", "never finishes loading"],
    [
      "throws further down",
      `${one}\nnew (class { constructor() { throw new Error("x"); } })();`,
      "x (FILE:4).\n",
    ],
  ])("ends with one line when it %s", async (_, text, words) => {
    const file = await module(text);
    const run = mooring(["run", file]);
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain(words.replace("FILE", file));
    expect(run.output()).toMatch(/^mooring: .*\n$/);
  });
});

describe("an address that is taken", () => {
  const words = "something else listens there (EADDRINUSE)";

  it("ends mooring dev with one line", async () => {
    const gateway = await startGateway();
    ends.push(() => gateway.close());
    const dev = mooring(["dev", "--port", String(gateway.port)]);
    expect(await dev.exited).toBe(1);
    expect(dev.output()).toBe(
      `mooring: Cannot listen at 127.0.0.1:${gateway.port}: ${words}. End it, or set port (--port) to another; 0 picks a free one.\n`,
    );
  });

  it("ends mooring run with one line, and leaves no socket", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    ends.push(() => gateway.close());
    const directory = await folder();
    const control = join(directory, "c.sock");
    const file = await module(`${one} setInterval(() => {}, 1_000);`);
    const options = ["--url", gateway.url, "--instance", "i", "--control", control];
    const taken = mooring(["run", file, ...options, "--inspect", "--inspect-port", String(gateway.port)]);
    expect(await taken.exited).toBe(1);
    expect(taken.output()).toBe(
      `mooring: Cannot listen at 127.0.0.1:${gateway.port}: ${words}. End it, or set port (--inspect-port) to another; 0 picks a free one.\n`,
    );
    expect(await readdir(directory)).toEqual([]);

    const first = mooring(["run", file, ...options]);
    await first.says("1 ready");
    const second = mooring(["run", file, ...options]);
    expect(await second.exited).toBe(1);
    expect(second.output()).toBe(
      `mooring: Cannot listen at ${control}: ${words}. End it, or set path (--control) to another.\n`,
    );
  });
});

describe("mooring dev", () => {
  it("listens, says where, and ends at a signal", async () => {
    const dev = mooring(["dev", "--port", "0", "--approval", "automatic"]);
    await dev.says("approve  npx");
    const address = /API {6}(\S+)/.exec(dev.output())?.[1] ?? "";
    expect(await (await fetch(address)).json()).toEqual([]);
    dev.child.kill("SIGINT");
    expect(await dev.exited).toBe(130);
  });

  it("says when a stream ends because another process has come with the same identity", async () => {
    const dev = mooring(["dev", "--port", "0", "--approval", "automatic"]);
    await dev.says("approve  npx");
    const url = /gateway {2}(\S+)/.exec(dev.output())?.[1] ?? "";
    const serve = async () => {
      const runtime = createRuntime({ url, env: {} });
      ends.push(() => runtime.close());
      runtime.add({ tenantId: "t", instanceId: "i", connector: echo });
      await runtime.start();
    };
    await serve();
    await dev.says("t.echo_test.i  registered");
    expect(dev.output()).not.toContain("replaced");
    await serve();
    await dev.says("t.echo_test.i  replaced by a newer stream");
  });
});
