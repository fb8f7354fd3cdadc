/** A machine's definition as one call of `createMachine`: code that other tools read, and that compiles. */

export type Data = string | number | boolean | null | readonly Data[] | { readonly [name: string]: Data };

const width = 100;

const nameOf = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key));

/** The items of a list or an object with their brackets; undefined for what has none. */
function partsOf(value: Data, indent: string) {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value))
    return { open: "[", close: "]", pad: "", items: value.map((item) => literal(item, indent)) };
  const items = Object.entries(value).map(([key, part]) => `${nameOf(key)}: ${literal(part, indent)}`);
  return { open: "{", close: "}", pad: " ", items };
}

/** On one line where there is room. */
export function literal(value: Data, indent = ""): string {
  const parts = partsOf(value, `${indent}  `);
  if (!parts) return JSON.stringify(value);
  const { open, close, pad, items } = parts;
  if (items.length === 0) return open + close;
  const line = `${open}${pad}${items.join(", ")}${pad}${close}`;
  if (!line.includes("\n") && indent.length + line.length <= width) return line;
  return `${open}\n${items.map((item) => `${indent}  ${item},\n`).join("")}${indent}${close}`;
}

/** As an export, such as `registrationMachine`. */
export const machineCode = (name: string, definition: Data): string =>
  `export const ${name}Machine = createMachine(${literal(definition)});`;
