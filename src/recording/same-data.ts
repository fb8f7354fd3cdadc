/** Compares what was recorded with what a replay has made: what JSON holds of both. */

/** What JSON has no form for. */
const isLeftOut = (value: unknown): boolean => value === undefined || typeof value === "function";

const namesOf = (value: object): readonly string[] =>
  Object.keys(value).filter((name) => !isLeftOut(Reflect.get(value, name)));

/** JSON knows no -0, and has null for NaN and the infinities. */
const plain = (value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? null : value === 0 ? 0 : value;

/** Whether their JSON says the same, in whatever order. */
export function isSameData(one: unknown, other: unknown): boolean {
  const [a, b] = [plain(one), plain(other)];
  if (Object.is(a, b) || (isLeftOut(a) && isLeftOut(b))) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = namesOf(a);
  if (names.length !== namesOf(b).length) return false;
  return names.every(
    (name) => Object.hasOwn(b, name) && isSameData(Reflect.get(a, name), Reflect.get(b, name)),
  );
}

/** The first field that differs between two objects; undefined: none does. */
export function differingField(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): string | undefined {
  const names = new Set([...namesOf(one), ...namesOf(other)]);
  return [...names].find((name) => !isSameData(one[name], other[name]));
}
