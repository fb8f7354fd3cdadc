/**
 * Where the code under test is listened to by the secret watch: a transformation of its modules as the tests load
 * them, so that the code itself knows nothing of it. A seam that no longer fits its module is an error.
 */
import type { Plugin } from "vitest/config";

/** `[module, text in it, what stands there instead]`. */
const seams: readonly (readonly [string, string, string])[] = [
  [
    "src/runtime/journal.ts",
    "add(entry: JournalEntry): void {",
    'add(entry: JournalEntry): void { secretWatch.hear("journal", entry);',
  ],
  [
    "src/runtime/changes.ts",
    "push(change: StateChange): void {",
    'push(change: StateChange): void { secretWatch.hear("state change", change);',
  ],
  [
    "src/runtime/runtime.ts",
    "return [...this.#runner.registrations.values()].map((registration) => registration.status());",
    `const statuses = [...this.#runner.registrations.values()].map((registration) => registration.status());
     secretWatch.hear("status", statuses); return statuses;`,
  ],
  [
    "src/runtime/reports.ts",
    "else others.push(one.status());",
    'else { const status = one.status(); secretWatch.hear("status", status); others.push(status); }',
  ],
  [
    "src/runtime/reports.ts",
    "timedOut: boolean,\n): StartReport {",
    `timedOut: boolean,\n): StartReport {
    const untold = explain;
    explain = (key) => { const text = untold(key); secretWatch.hear("explanation", text); return text; };`,
  ],
  [
    "src/inspect/stately.ts",
    'this.#sink = typeof sink === "function" ? sink : (message) => sink.send(message);',
    `const give = typeof sink === "function" ? sink : (message: InspectionMessage) => sink.send(message);
    this.#sink = (message) => { secretWatch.hear("inspector message", message); give(message); };`,
  ],
  [
    "src/inspect/viewer.ts",
    "if (messages.length > 0) this.#listener.take(this.#withNames(messages));",
    `if (messages.length > 0) {
      const named = this.#withNames(messages);
      secretWatch.hear("inspector message", named);
      this.#listener.take(named);
    }`,
  ],
  [
    "src/actors/partitions.ts",
    "createActor(this.#machine, {",
    "secretWatchedActor(createActor)(this.#machine, {",
  ],
  ["src/runtime/supervision.ts", "= createActor(", "= secretWatchedActor(createActor)("],
  [
    "src/errors.ts",
    "super(message, options);",
    'super(message, options); secretWatch.hear("error", message);',
  ],
  [
    "src/credentials/credentials.ts",
    "this.failure = failure;",
    'this.failure = failure; secretWatch.hear("error", failure);',
  ],
  [
    "src/network/proxy/proxy-url.ts",
    "const pair = Buffer.from(",
    "for (const text of [password, decoded(password)]) secretWatch.plant(text); const pair = Buffer.from(",
  ],
  ["src/secret.ts", "this.#text = text;", "this.#text = text; secretWatch.plant(text);"],
  ["src/gateway/one-time-tokens.ts", "this.#forgetOld();", "secretWatch.plant(token); this.#forgetOld();"],
];

/** Calls of a logger, whoever made it. */
const logCall = /((?:[\w#]+\??\.)*#?logger)\??(?:\.(debug|info|warn|error)|\[([\w.]+)\])\(/g;

function atSeams(code: string, id: string): string {
  let changed = code.replace(logCall, (_call, logger: string, level?: string, computed?: string) =>
    level ? `secretWatchedLogger(${logger}).${level}(` : `secretWatchedLogger(${logger})[${computed}](`,
  );
  for (const [module, text, instead] of seams) {
    if (!id.endsWith(`/${module}`)) continue;
    if (!code.includes(text)) throw new Error(`The secret watch has lost its seam in ${module}: ${text}`);
    changed = changed.replace(text, () => instead);
  }
  return changed;
}

/** For `plugins` of the vitest configuration. */
export const secretSeams: Plugin = {
  name: "secret-seams",
  enforce: "pre",
  transform: (code, id) => (/\/src\/(?!gen\/).*\.[jt]s$/.test(id) ? atSeams(code, id) : null),
};
