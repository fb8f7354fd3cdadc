/**
 * The bundler's helpers, for forms of modules that we do not have: a chunk that every other imports, whether it uses
 * one or not. Who uses none does not load it; when nobody does, as without Commander, it is left out. It gets a name
 * that tells what it is.
 */
const name = "rolldown-runtime";
const fileName = `chunk-${name}.js`;
const tellingName = "chunk-helpers.js";
const bareImport = `import "./${fileName}";\n`;

/** The chunks as they are written. */
export function withoutIdleHelpers(chunks) {
  const lean = chunks.map((chunk) => ({ ...chunk, code: chunk.code.replace(bareImport, "") }));
  const others = lean.filter((chunk) => chunk.name !== name);
  if (!others.some(({ code }) => code.includes(fileName))) return others;
  return lean.map((chunk) => ({
    ...chunk,
    fileName: chunk.fileName === fileName ? tellingName : chunk.fileName,
    code: chunk.code.replaceAll(fileName, tellingName),
  }));
}
