/**
 * What a schema may cost beside the size of what it validates. A short text may take for ever by a pattern, and a
 * small object by a reference that closes a circle: each choice on the way doubles the work at each level.
 */
import { target } from "./object-schema.js";
import type { JsonSchemaDocument } from "./schema.js";

/** Nothing that grows; patterns whose work grows with the text; or what nobody can tell. */
export type SchemaCost = "by size" | "by length" | "any";

/** How many parts a document has, references followed each time: one with a circle never comes to an end. */
const maxParts = 10_000;

/** One character of a pattern, and how often it comes. What has another form is in doubt. */
const pieces =
  /(?:\\(?:[dDwWsStrnfv]|[^\da-zA-Z])|\[(?:[^\\[\]]|\\[^qpP])*\]|[^\\^$*+?()[\]{}|])(\{\d+\}|(?:[*+?]|\{\d+,\d*\})\??)?/gu;

/** Whether it begins at the start of the text and has one place at most whose length is open: the work is linear. */
function isLinear(pattern: string): boolean {
  const body = pattern.replace(/^\^/, "").replace(/\$$/, "");
  let open = 0;
  const rest = body.replace(pieces, (_piece, times: string | undefined) => {
    if (times !== undefined && !/^\{\d+\}$/.test(times)) open += 1;
    return "";
  });
  return rest === "" && (open === 0 || (open === 1 && pattern.startsWith("^")));
}

/** Its work depends on where the call comes from, so it counts as a circle. */
const isDynamic = (node: object): boolean => "$dynamicRef" in node || "$recursiveRef" in node;

/** References are read from there, and what they point at cannot be told from here. */
const isBase = (node: object): boolean => "$id" in node && typeof node.$id === "string";

function patternsOf(node: object): readonly string[] {
  const { pattern, patternProperties } = node as Readonly<Record<string, unknown>>;
  return [
    ...(typeof pattern === "string" ? [pattern] : []),
    ...(typeof patternProperties === "object" ? Object.keys(patternProperties ?? {}) : []),
  ];
}

/** When in doubt: `any`. */
export function schemaCost(document: JsonSchemaDocument): SchemaCost {
  let cost: SchemaCost = "by size";
  const open: unknown[] = [document];
  for (let parts = 0; open.length > 0; parts += 1) {
    const node = open.pop();
    if (parts > maxParts) return "any";
    if (typeof node !== "object" || node === null) continue;
    if (isDynamic(node) || (node !== document && isBase(node))) return "any";
    for (const pattern of patternsOf(node)) {
      if (!isLinear(pattern)) return "any";
      cost = "by length";
    }
    if ("$ref" in node && typeof node.$ref === "string") {
      const found = target(document, node.$ref);
      if (found === undefined) return "any";
      open.push(found);
    }
    for (const part of Object.values(node)) open.push(part);
  }
  return cost;
}
