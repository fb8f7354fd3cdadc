/**
 * The bundler's helpers, for forms of modules that we do not have: a chunk that nothing names, but that every other
 * imports. It is left out, to load one file less; but for any code that does need a helper, it stays.
 */
const name = "rolldown-runtime";
const fileName = `chunk-${name}.js`;
const bareImport = `import "./${fileName}";\n`;

/** The chunks as they are written. */
export function withoutIdleHelpers(chunks) {
  const others = chunks
    .filter((chunk) => chunk.name !== name)
    .map((chunk) => ({ ...chunk, code: chunk.code.replace(bareImport, "") }));
  return others.some(({ code }) => code.includes(fileName)) ? chunks : others;
}
