/** How commands end: the codes by their meaning, and what each command's `--help` and docs/operating.md say of them. */

export const exitCodes = {
  /** Done, or as it should be. */
  done: 0,
  /** It failed, or is not as it should be. */
  failed: 1,
  /** The command line has the wrong form. */
  wronglyCalled: 2,
  /** A runtime or a gateway could not be asked. */
  cannotAsk: 2,
  /** After SIGINT: 128 and its number. */
  interrupted: 130,
  /** After SIGTERM: 128 and its number. */
  terminated: 143,
} as const;

const { done, failed, cannotAsk, interrupted, terminated } = exitCodes;

interface ExitRow {
  readonly commands: readonly string[];
  /** In the order of the codes. */
  readonly codes: readonly (readonly [code: number, meaning: string])[];
}

export const exitRows: readonly ExitRow[] = [
  {
    commands: ["run"],
    codes: [
      [failed, "an error on the way: settings, module, a port, what nobody caught"],
      [interrupted, "SIGINT has ended it, after a clean drain too"],
      [terminated, "SIGTERM has, likewise"],
    ],
  },
  {
    commands: ["dev"],
    codes: [
      [failed, "it cannot listen, or a setting is wrong"],
      [interrupted, "SIGINT has closed it"],
      [terminated, "SIGTERM has"],
    ],
  },
  {
    commands: ["status", "explain"],
    codes: [
      [done, "every registration is ready; with a key, that one"],
      [failed, "one is not"],
      [cannotAsk, "nobody could be asked, or the key is none"],
    ],
  },
  {
    commands: ["list", "approve", "reject", "retry", "call", "tokens", "login", "whoami", "logout"],
    codes: [
      [done, "done"],
      [failed, "the gateway or the connector refused"],
      [cannotAsk, "the gateway could not be reached"],
    ],
  },
  {
    commands: ["demo", "doctor"],
    codes: [
      [done, "everything is as it should be"],
      [failed, "something failed"],
    ],
  },
  {
    commands: ["top", "tail", "mcp"],
    codes: [
      [done, "ended by you, or with the runtime; `top --once` as `status`"],
      [cannotAsk, "nobody could be asked, or nobody any more"],
    ],
  },
  {
    commands: ["record"],
    codes: [
      [done, "done"],
      [cannotAsk, "nobody could be asked, no file that can be written"],
    ],
  },
  {
    commands: ["replay"],
    codes: [
      [done, "everything came out as recorded"],
      [failed, "something came out otherwise"],
      [cannotAsk, "no file that can be read"],
    ],
  },
  {
    commands: ["machines"],
    codes: [
      [done, "printed"],
      [cannotAsk, "there is no such machine"],
    ],
  },
  {
    commands: ["new"],
    codes: [
      [done, "made"],
      [failed, "the folder is not empty, or cannot be made"],
    ],
  },
  {
    commands: ["mcp-serve"],
    codes: [
      [done, "its client has left"],
      [failed, "the module cannot be loaded"],
    ],
  },
];

/** What holds for all. */
export const exitOfAny: readonly (readonly [code: number, meaning: string])[] = [
  [failed, "any other failure, with one line that says why"],
  [exitCodes.wronglyCalled, "an unknown command or option, a missing argument, a value of the wrong form"],
];

/** For the end of a command's `--help`. */
export function exitHelp(command: string): string {
  const own = exitRows.find(({ commands }) => commands.includes(command))?.codes ?? [];
  const lines = [...own, ...exitOfAny.filter(([code]) => !own.some(([one]) => one === code))]
    .map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning.replaceAll("`", "")}`)
    .join("\n");
  return `\nExit codes:\n${lines}`;
}
