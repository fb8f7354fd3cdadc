/** Conversations to begin from: recorded from other servers, and the rows of the table of requirements. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { flags, headers, ok, rst, settings, settingsAck } from "../../transport/h2/support/frames.js";
import { requirements } from "../../transport/h2/support/requirement-table.js";
import type { Stage } from "../../transport/h2/support/requirements.js";
import type { Conversation } from "./generate.js";

/** What the peer has sent before a row begins. What we have done meanwhile is for the case to say. */
const before: Record<Stage, Conversation> = {
  unsettled: [],
  open: [settings(), settingsAck],
  answered: [settings(), settingsAck, headers(1, ok)],
  "half-closed (local)": [settings(), settingsAck, headers(1, ok)],
  "half-closed (remote)": [settings(), settingsAck, headers(1, ok, flags.end)],
  closed: [settings(), settingsAck, headers(1, ok, flags.end)],
  "reset by us": [settings(), settingsAck],
  "reset by the peer": [settings(), settingsAck, rst(1, "CANCEL")],
};

/** Longer ones take more time than they find. */
const mostBytes = 4_000;

/** Frame by frame; what is no frame at the end is one piece. */
export function framesOf(bytes: Buffer): Conversation {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 9 <= bytes.length ? at + 9 + bytes.readUIntBE(at, 3) : bytes.length;
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return frames;
}

const folder = fileURLToPath(new URL("../../../test/fuzz/h2/corpus/", import.meta.url));

/** Those of `folder`: files of hexadecimal, one for each conversation, in the order of their names. */
function recorded(from: string): Conversation[] {
  const names = readdirSync(from).filter((name) => name.endsWith(".hex"));
  return names
    .sort()
    .map((name) =>
      framesOf(Buffer.from(readFileSync(`${from}/${name}`, "latin1").replaceAll(/\s/g, ""), "hex")),
    );
}

/** All of them. `further`: a folder of more. */
export function corpus(further?: string): readonly Conversation[] {
  const rows = requirements.filter(({ sends }) => sends.length <= mostBytes);
  return [
    ...recorded(folder),
    ...(further === undefined ? [] : recorded(further)),
    ...rows.map(({ stage, sends }) => [...before[stage], ...framesOf(sends)]),
  ];
}
