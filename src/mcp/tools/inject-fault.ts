/** `inject_fault`: has the embedded gateway do something wrong on purpose. */
import * as z from "zod";
import { isObject } from "../../is-object.js";
import { type Answer, answer, BadArgument, unknownName } from "../answer.js";
import type { GatewayDoor } from "../doors.js";
import { faultWords } from "./fault-words.js";

const value = z.union([z.number(), z.boolean(), z.string()]);

export const faultInput = z.strictObject({
  faults: z
    .record(z.string(), value)
    .describe(
      'Faults by name with their values, such as {"deaf": true} or {"failRegister": 2}. {} changes nothing and tells which are in force.',
    ),
});

export const faultOutput = z.object({
  changed: z.record(z.string(), value).describe("What is in force now, of the faults that were given."),
  undo: z.record(z.string(), value).describe("Give this as `faults` to have it as it was before."),
  faults: z.record(z.string(), value).describe("All faults with their values; counts go down with each use."),
});

type Values = Record<string, z.output<typeof value>>;

const names: readonly string[] = Object.keys(faultWords);

export const faultList = Object.entries(faultWords)
  .map(([name, words]) => `${name}: ${words}`)
  .join("; ");

function valuesIn(answered: unknown): Values {
  const values = z.record(z.string(), value).safeParse(answered);
  if (isObject(answered) && values.success) return values.data;
  throw new BadArgument("What answers at --gateway is no embedded gateway of Mooring's: it has no faults.");
}

const only = (values: Values, wanted: readonly string[]): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => wanted.includes(name)));

export async function injectFault(
  gateway: GatewayDoor,
  { faults }: z.output<typeof faultInput>,
): Promise<Answer> {
  const given = Object.keys(faults);
  for (const name of given) if (!names.includes(name)) throw unknownName("fault", name, names);
  const before = valuesIn(await gateway.call("GET", "/api/faults"));
  const after = given.length === 0 ? before : valuesIn(await gateway.call("POST", "/api/faults", faults));
  const data: z.output<typeof faultOutput> = {
    changed: only(after, given),
    undo: only(before, given),
    faults: after,
  };
  const text =
    given.length === 0
      ? `In force: ${JSON.stringify(after)}`
      : `In force now: ${JSON.stringify(data.changed)}. As before: ${JSON.stringify(data.undo)}.`;
  return answer(text, data);
}
