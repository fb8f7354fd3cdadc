/** What a person may ask of a registration, and how journal and log tell who asked. */
import { invalidConfig } from "../errors.js";
import { type Rows, textRow } from "../options/rows.js";

/** Options of a registration's `pause`, `resume`, `restart`, `retryNow` and `remove`. */
export interface CommandOptions {
  /**
   * Who asks, for the journal and the log: a line of at most 200 characters. The same at `resume`, `restart`,
   * `retryNow` and `remove`.
   * @default nothing is noted
   */
  readonly by?: string;
}

/** Who asks; a row of every call that may be asked by a person. */
export const byRow = textRow({
  says: "Who asks, for the journal and the log: a line of at most 200 characters.",
  usually: "nothing is noted",
});

/** Of `pause`, `resume`, `restart`, `retryNow` and `remove`. */
export const commandOptions = {
  by: {
    ...byRow,
    says: `${byRow.says} The same at \`resume\`, \`restart\`, \`retryNow\` and \`remove\`.`,
  },
} satisfies Rows<CommandOptions>;

export type Command = "pause" | "resume" | "restart" | "retryNow" | "remove";

const words: Readonly<Record<Command | "drain", string>> = {
  pause: "paused",
  resume: "resumed",
  restart: "restarted",
  retryNow: "told to try at once",
  remove: "removed",
  drain: "told, with all others, to drain and end",
};

const isLine = (text: string): boolean => text.length <= 200 && !/\p{C}/u.test(text);

/** What the journal says of a command; undefined when nobody gave a name. Throws INVALID_CONFIG. */
export function toldOf(command: Command | "drain", by: string | undefined): string | undefined {
  if (by === undefined || by === "") return undefined;
  if (isLine(by)) return `${words[command]} by ${by}`;
  throw invalidConfig("by must be one line of at most 200 characters, without control characters.");
}
