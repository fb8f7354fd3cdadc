/** `mooring record` and `mooring replay`, as people run them. */
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { outcomes } from "../support/printed-tests.js";
import { runCommand, startCommand } from "../support/run-command.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const key = "t.where.one";

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-record-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

describe.skipIf(process.platform === "win32")("a recording", () => {
  it("is taken from a running process, by signal and by command, and replayed, whole and up to a moment", async () => {
    const directory = await folder();
    await using gateway = await startGateway({ approval: "automatic" });
    const control = join(directory, "c.sock");
    const signalled = join(directory, "signal.jsonl");
    const module = join(root, "test/workers/connectors.mjs");
    const running = startCommand(
      ["run", module, "--url", gateway.url, "--control", control, "--recording", signalled],
      { TENANT_ID: "t", INSTANCE_ID: "one", STRIKE48_KEYS_DIR: directory },
    );
    await running.says("ready");
    running.child.kill("SIGUSR2");
    await running.says(`recorded to ${signalled}`);
    await gateway.close();
    await running.says("backoff.transient");

    const file = join(directory, "asked.jsonl");
    const recorded = await runCommand(["record", "--control", control, "--out", file], {});
    expect(recorded).toMatchObject({ code: 0, output: expect.stringContaining(`recorded to ${file}`) });
    const again = await runCommand(["record", "--control", control, "--out", file, "--json"], {});
    expect(JSON.parse(again.output)).toEqual({ path: file, bytes: (await stat(file)).size });
    for (const path of [signalled, file]) expect((await stat(path)).mode & 0o777).toBe(0o600);

    // A device in the place of a file stays what it is.
    expect(await runCommand(["record", "--control", control, "--out", "/dev/null"], {})).toMatchObject({
      code: 2,
      output: expect.stringContaining("cannot be written to /dev/null (--out): NOT_A_FILE"),
    });
    expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);

    const told = await runCommand(["replay", file, "--key", key], {});
    expect(told.code).toBe(0);
    // At once where the machine was so slow that the stream counted as stable.
    expect(told.output).toMatch(
      /t\.where\.one: streaming\.serving -> backoff\.(transient|returning), by stream\.ended/,
    );
    expect(told.output).toMatch(/steps: \d+, each as it was recorded/);

    const until = await runCommand(["replay", file, "--key", key, "--until", "backoff", "--json"], {});
    expect(JSON.parse(until.output)).toMatchObject({ reached: { key }, divergence: null });
    expect(await runCommand(["replay", file, "--until", "credentialExchange"], {})).toMatchObject({
      code: 1,
      output: expect.stringContaining("no registration came to credentialExchange"),
    });
    expect(await runCommand(["replay", signalled, "--at", "+0"], {})).toMatchObject({
      code: 0,
      output: expect.stringContaining("connecting, by start"),
    });

    const test = await runCommand(["replay", file, "--key", key, "--until", "backoff", "--as-test"], {});
    const other = test.output.replace('"backoff":"transient"', '"backoff":"refused"');
    expect(await outcomes({ printed: test.output, other })).toEqual({ printed: true, other: false });
  });

  it("is taken from worker threads, too, and replay says what is missing", async () => {
    const directory = await folder();
    await using gateway = await startGateway({ approval: "automatic" });
    const control = join(directory, "c.sock");
    const signalled = join(directory, "signal.jsonl");
    const running = startCommand(
      [
        ...["run", join(root, "test/workers/connectors.mjs"), "--url", gateway.url, "--workers", "2"],
        ...["--control", control, "--recording", signalled],
      ],
      { TENANT_ID: "t", INSTANCE_ID: "one", STRIKE48_KEYS_DIR: directory },
    );
    await running.says("ready");
    running.child.kill("SIGUSR2");
    await running.says(`recorded to ${signalled}`);
    const file = join(directory, "asked.jsonl");
    expect(await runCommand(["record", "--control", control, "--out", file], {})).toMatchObject({ code: 0 });
    for (const path of [signalled, file]) {
      const { code, output } = await runCommand(["replay", path, "--json"], {});
      expect(code).toBe(0);
      expect(JSON.parse(output)).toMatchObject({
        missing: [],
        divergence: null,
        states: { [key]: "streaming.serving", "t.harm.one": "streaming.serving" },
      });
    }
    const [header = "", ...lines] = (await readFile(file, "utf8")).split("\n");
    const cut = join(directory, "cut.jsonl");
    await writeFile(cut, [JSON.stringify({ ...JSON.parse(header), missing: [2] }), ...lines].join("\n"));
    expect(await runCommand(["replay", cut], {})).toMatchObject({
      code: 0,
      output: expect.stringContaining("not all of worker 2 is in it"),
    });
  });

  it("that is none is an error, and so is a process that nobody can ask", async () => {
    const directory = await folder();
    const file = join(directory, "no.jsonl");
    await writeFile(file, "{}\n");
    expect(await runCommand(["replay", file], {})).toMatchObject({
      code: 2,
      output: expect.stringContaining("line 1 must say"),
    });
    expect((await runCommand(["replay", join(directory, "nothing")], {})).code).toBe(2);
    expect(await runCommand(["replay", file, "--at", "soon"], {})).toMatchObject({
      code: 2,
      output: expect.stringContaining("+SECONDS"),
    });
    expect((await runCommand(["record", "--control", join(directory, "c.sock")], {})).code).toBe(2);
  });
});
