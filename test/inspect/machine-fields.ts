/** The fields that the machines' own types have, found by the compiler. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface MachineField {
  readonly name: string;
  /** Where it was found, e.g. `registrationMachine.context.exchange.offerId`. */
  readonly place: string;
  /** It may hold any text, not only words that the type names. */
  readonly isFreeText: boolean;
}

const isOurs = (type: ts.Type): boolean =>
  (type.symbol?.declarations ?? []).every((at) => !at.getSourceFile().fileName.includes("/node_modules/"));

/** A plain object whose fields a viewer would see: no function, no list, no map, no actor. */
const isRecord = (checker: ts.TypeChecker, type: ts.Type): boolean =>
  (type.flags & ts.TypeFlags.Object) !== 0 &&
  isOurs(type) &&
  !checker.isArrayLikeType(type) &&
  type.getCallSignatures().length === 0;

function walk(checker: ts.TypeChecker, type: ts.Type, place: string, found: Map<string, MachineField>): void {
  if (type.isUnion()) {
    for (const one of type.types) walk(checker, one, place, found);
    return;
  }
  if (!isRecord(checker, type) || place.split(".").length > 9) return;
  for (const property of checker.getPropertiesOfType(type)) {
    const inner = checker.getTypeOfSymbol(property);
    const at = `${place}.${property.name}`;
    const parts = inner.isUnion() ? inner.types : [inner];
    const isFreeText = parts.some(({ flags }) => (flags & ts.TypeFlags.String) !== 0);
    const before = found.get(at);
    found.set(at, {
      name: property.name,
      place: at,
      isFreeText: isFreeText || (before?.isFreeText ?? false),
    });
    walk(checker, inner, at, found);
  }
}

export function fieldsOfMachines(): readonly MachineField[] {
  const file = join(dirname(fileURLToPath(import.meta.url)), "machine-types.ts");
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config.compilerOptions, types: [] },
    root,
  );
  const program = ts.createProgram([file], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  if (!source) throw new Error(`${file} is not there.`);
  const found = new Map<string, MachineField>();
  for (const statement of source.statements) {
    if (!ts.isTypeAliasDeclaration(statement) || !["Machines", "PortTypes"].includes(statement.name.text))
      continue;
    for (const machine of checker.getPropertiesOfType(checker.getTypeAtLocation(statement.name)))
      for (const part of checker.getPropertiesOfType(checker.getTypeOfSymbol(machine)))
        walk(checker, checker.getTypeOfSymbol(part), `${machine.name}.${part.name}`, found);
  }
  return [...found.values()];
}
