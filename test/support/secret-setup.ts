/** Puts the secret watch between what is said and who hears it, in every test file: see `secret-watch.ts`. */
import { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { afterAll, afterEach, expect } from "vitest";
import type { ActorOptions, AnyActorLogic, createActor, InspectionEvent } from "xstate";
import type { Logger } from "../../src/logger.js";
import { Secret } from "../../src/secret.js";

const watch = globalThis.secretWatch;

/** What stands between the code and a logger (see `secret-seams.ts`). */
function watchedLogger(logger: Logger | undefined): Logger {
  const at =
    (level: keyof Logger) =>
    (...said: Parameters<Logger["info"]>) => {
      watch.hear("log line", ...said);
      logger?.[level](...said);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Hears what machines are told and what they hold. */
function hearMachine(event: InspectionEvent): void {
  if (event.type === "@xstate.event") watch.hear("machine event", event.event);
  if (event.type !== "@xstate.snapshot") return;
  const { snapshot } = event;
  watch.hear("machine context", "context" in snapshot ? snapshot.context : undefined);
}

const watchedActor =
  (create: typeof createActor) => (logic: AnyActorLogic, options: ActorOptions<AnyActorLogic>) => {
    const given = options.inspect;
    const inspect = (event: InspectionEvent) => {
      hearMachine(event);
      if (typeof given === "function") given(event);
      else given?.next?.(event);
    };
    return create(logic, { ...options, inspect });
  };

Object.assign(globalThis, { secretWatchedLogger: watchedLogger, secretWatchedActor: watchedActor });

function hearStream(where: string, stream: Readable | null): void {
  if (!stream) return;
  const push = stream.push.bind(stream);
  let tail = "";
  stream.push = (chunk, ...more) => {
    // A secret may come in two pieces.
    if (chunk !== null) {
      const text = tail + (typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
      watch.hear(where, text);
      tail = text.slice(-200);
    }
    return push(chunk, ...more);
  };
}

// Every asynchronous way to start a process comes through here. Test files share their process, which is listened to once.
const prototype = ChildProcess.prototype as ChildProcess & { spawn(options: unknown): unknown };
const { spawn } = prototype;
const isHeard = Symbol.for("mooring.test.spawn-is-heard");
if (!(isHeard in spawn))
  prototype.spawn = Object.assign(
    function (this: ChildProcess, options: unknown) {
      const result = spawn.call(this, options);
      hearStream("output of a child process", this.stdout);
      hearStream("output of a child process", this.stderr);
      return result;
    },
    { [isHeard]: true },
  );

// Without this all secrets would be equal to `toEqual`: their text is no property.
expect.addEqualityTesters([(a, b) => (a instanceof Secret && b instanceof Secret ? a.equals(b) : undefined)]);

function refuse(): void {
  const sightings = watch.take();
  if (sightings.length === 0) return;
  const list = [...new Set(sightings.map(({ where, what }) => `${what} in: ${where}`))].join("; ");
  throw new Error(`Secrets were seen (test/support/secret-watch.ts): ${list}`);
}

afterEach(refuse);
afterAll(refuse);
