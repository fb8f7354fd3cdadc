/**
 * The form in which a tool's arguments are told: an object at the root (docs/protocol.md, "Arguments of tools").
 * Schemas say "an object" in more ways than that: by a reference, as a union or an intersection of objects, or null.
 */
import { isObject as isDocument } from "../../is-object.js";
import type { JsonSchemaDocument } from "./schema.js";

/** They say something to people, and nothing of the value. */
const annotations: ReadonlySet<string> = new Set([
  "$defs",
  "definitions",
  "$id",
  "$comment",
  "id",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
]);

const onlyAnnotated = (document: JsonSchemaDocument): boolean =>
  Object.keys(document).every((key) => annotations.has(key));

/** The step of a JSON pointer in a reference, which is part of a URI. */
function unescaped(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return step;
  }
}

/** What a reference within the document points at: a pointer, or the name of a definition. */
export function target(root: JsonSchemaDocument, reference: string): unknown {
  if (reference === "#") return root;
  if (reference.startsWith("#/")) {
    const steps = reference.slice(2).split("/").map(unescaped);
    return steps.reduce<unknown>(
      (at, step) =>
        typeof at === "object" && at !== null && Object.hasOwn(at, step) ? Reflect.get(at, step) : undefined,
      root,
    );
  }
  const definitions = [root.$defs, root.definitions].filter(isDocument).flatMap(Object.values);
  return definitions.find(
    (one) =>
      isDocument(one) &&
      (one.$id === reference || [one.$anchor, one.$dynamicAnchor].some((name) => `#${name}` === reference)),
  );
}

const isNull = (node: unknown): boolean =>
  isDocument(node) &&
  (node.type === "null" ||
    (Array.isArray(node.type) && node.type.length === 1 && node.type[0] === "null") ||
    (Object.hasOwn(node, "const") && node.const === null) ||
    (Array.isArray(node.enum) && node.enum.length === 1 && node.enum[0] === null));

const unions = ["anyOf", "oneOf"] as const;

/** Whether it takes objects only, null aside. */
function isObject(node: unknown, root: JsonSchemaDocument, seen: ReadonlySet<unknown> = new Set()): boolean {
  if (!isDocument(node) || seen.has(node)) return false;
  const types = Array.isArray(node.type) ? node.type.filter((one) => one !== "null") : [node.type];
  if (types.length === 1 && types[0] === "object") return true;
  if (node.type !== undefined) return false;
  const inner = new Set(seen).add(node);
  const is = (one: unknown) => isObject(one, root, inner);
  if (referencesOf(node).some((reference) => is(target(root, reference)))) return true;
  if (Array.isArray(node.allOf) && node.allOf.some(is)) return true;
  return unions.some((union) => {
    const branches = branchesOf(node, union);
    return branches.length > 0 && branches.every(is);
  });
}

/** Without null: nobody calls a tool with it. */
function branchesOf(node: JsonSchemaDocument, union: (typeof unions)[number]): readonly unknown[] {
  const branches = node[union];
  return Array.isArray(branches) ? branches.filter((one) => !isNull(one)) : [];
}

const referencesOf = ({ $ref, $dynamicRef, $recursiveRef }: JsonSchemaDocument): readonly string[] =>
  [$ref, $dynamicRef, $recursiveRef].filter((one) => typeof one === "string");

function referencesIn(node: unknown, found: string[] = []): readonly string[] {
  if (typeof node !== "object" || node === null) return found;
  found.push(...referencesOf(node as JsonSchemaDocument));
  for (const part of Object.values(node)) referencesIn(part, found);
  return found;
}

/** In one node: the inner definitions beside the outer. Undefined where a name would mean two things. */
function joined(inner: JsonSchemaDocument, outer: JsonSchemaDocument): JsonSchemaDocument | undefined {
  const made: Record<string, unknown> = { ...inner, ...outer };
  if (inner.$id !== undefined && outer.$id !== undefined) return undefined;
  for (const key of ["$defs", "definitions"]) {
    const [own, others] = [inner[key], outer[key]];
    if (!isDocument(own) || !isDocument(others)) continue;
    if (Object.keys(own).some((name) => Object.hasOwn(others, name) && others[name] !== own[name]))
      return undefined;
    made[key] = { ...others, ...own };
  }
  return made;
}

/** The schema that the root only leads to: by a reference, or as the one branch that is not null. */
function ledTo(node: JsonSchemaDocument, root: JsonSchemaDocument): JsonSchemaDocument | undefined {
  const { $ref, ...beside } = node;
  if (typeof $ref === "string") {
    const found = onlyAnnotated(beside) ? target(root, $ref) : undefined;
    return isDocument(found) ? joined(found, beside) : undefined;
  }
  for (const union of unions) {
    const { [union]: _branches, ...rest } = node;
    const [only, ...others] = branchesOf(node, union);
    if (isDocument(only) && others.length === 0 && onlyAnnotated(rest)) return joined(only, rest);
  }
  return undefined;
}

/** References into the root's own branches would lead nowhere, were those moved. */
const pinsBranches = (reference: string): boolean => /^#\/(?:anyOf|oneOf|allOf|\$ref)/.test(reference);

/** As many steps lead to the object itself at most. */
const maxSteps = 32;

function followed(root: JsonSchemaDocument): JsonSchemaDocument {
  let node = root;
  for (let step = 0; step < maxSteps; step += 1) {
    const next = ledTo(node, root);
    if (!next) break;
    node = next;
  }
  return node;
}

function withoutNull(node: JsonSchemaDocument): JsonSchemaDocument {
  const kept = unions.filter((union) => Array.isArray(node[union]));
  return { ...node, ...Object.fromEntries(kept.map((union) => [union, branchesOf(node, union)])) };
}

/** Without definitions that nothing refers to any more. */
function needed(node: JsonSchemaDocument): JsonSchemaDocument {
  const { $defs: _defs, definitions: _definitions, ...bare } = node;
  return referencesIn(bare).length > 0 ? node : bare;
}

function described(document: JsonSchemaDocument): string {
  const { type, $ref, $dynamicRef } = document;
  if (typeof $ref === "string") return `what its $ref "${$ref}" points at, and that is no object`;
  if (typeof $dynamicRef === "string")
    return `what its $dynamicRef "${$dynamicRef}" points at, and that is no object`;
  if (Array.isArray(type)) return type.join(" or ");
  if (type !== undefined) return String(type);
  if (unions.some((union) => Array.isArray(document[union])))
    return "a choice in which not everything is an object";
  return 'undefined: give it type: "object"';
}

/** The schema as one of an object at the root, or, in words, what it describes instead. */
export function objectSchema(document: JsonSchemaDocument): JsonSchemaDocument | string {
  if (!isObject(document, document)) return described(document);
  const pinned = referencesIn(document).some(pinsBranches);
  const found = pinned ? document : followed(document);
  const node = found === document ? document : needed(found);
  const { nullable: _openApi, ...rest } = pinned ? node : withoutNull(node);
  return { ...rest, type: "object" };
}
