// The declarations that a user of the package can come to from its entries: of each file those only, with their comments.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

const isLocal = (specifier) => specifier.startsWith(".");
const fileOf = (from, specifier) => join(dirname(from), specifier.replace(/\.js$/, ".d.ts"));

function namesOf(statement) {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.text);
  return statement.name ? [statement.name.text] : [];
}

/** One line for each file that names come from, or go to. */
function linesOf(kind, names, kept) {
  const lists = new Map();
  for (const [name, { from, text }] of names)
    if (kept.has(name)) lists.set(from, [...(lists.get(from) ?? []), text]);
  return [...lists].map(([from, texts]) => {
    const source = from === undefined ? "" : ` from "${from}"`;
    return `${kind} { ${texts.join(", ")} }${source};`;
  });
}

const isExported = ({ modifiers }) =>
  modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;

/** A file of declarations: what it declares, and where its other names come from. */
class Declarations {
  /** Statements by the name that they declare. */
  declared = new Map();
  /** `{ from, name, text }` by the local name; `text` is the specifier as it was written. */
  imported = new Map();
  /** The same of what it passes on. */
  passedOn = new Map();
  keptStatements = new Set();
  keptImports = new Set();
  keptExports = new Set();

  constructor(file) {
    this.file = file;
    this.source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
    for (const statement of this.source.statements) this.#take(statement);
  }

  #take(statement) {
    if (ts.isImportDeclaration(statement)) {
      const { importClause, moduleSpecifier } = statement;
      if (!importClause?.namedBindings?.elements) throw this.#unknown(statement);
      const isType = importClause.isTypeOnly;
      this.#takeNames(this.imported, importClause.namedBindings.elements, moduleSpecifier.text, isType);
    } else if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier, isTypeOnly } = statement;
      if (!exportClause?.elements) throw this.#unknown(statement);
      this.#takeNames(this.passedOn, exportClause.elements, moduleSpecifier?.text, isTypeOnly);
    } else {
      const names = namesOf(statement);
      if (names.length === 0) throw this.#unknown(statement);
      for (const name of names) this.declared.set(name, [...(this.declared.get(name) ?? []), statement]);
    }
  }

  #takeNames(names, elements, from, isType) {
    for (const element of elements) {
      const { name, propertyName } = element;
      const text = isType && !element.isTypeOnly ? `type ${element.getText()}` : element.getText();
      names.set(name.text, { from, name: (propertyName ?? name).text, text });
    }
  }

  #unknown(statement) {
    return new Error(
      `${this.file} has a statement that is not followed: ${statement.getText().slice(0, 80)}`,
    );
  }

  get exportedNames() {
    const own = [...this.declared].filter(([, statements]) => statements.some(isExported));
    return [...own.map(([name]) => name), ...this.passedOn.keys()];
  }

  /** What is kept, with the comments right before it. */
  get text() {
    const statements = this.source.statements.filter((one) => this.keptStatements.has(one));
    return [
      ...linesOf("import", this.imported, this.keptImports),
      ...linesOf("export", this.passedOn, this.keptExports),
      ...statements.map((one) => this.#withComment(one)),
      "export {};\n",
    ].join("\n");
  }

  #withComment(statement) {
    const { text } = this.source;
    const comment = ts.getLeadingCommentRanges(text, statement.pos)?.at(-1);
    return (comment ? `${text.slice(comment.pos, comment.end)}\n` : "") + statement.getText();
  }
}

/** Follows names from file to file. */
class Reach {
  files = new Map();

  #open(file) {
    const known = this.files.get(file);
    if (known) return known;
    const opened = new Declarations(file);
    this.files.set(file, opened);
    return opened;
  }

  entry(file) {
    for (const name of this.#open(file).exportedNames) this.#exported(file, name);
  }

  #exported(file, name) {
    const module = this.#open(file);
    const passed = module.passedOn.get(name);
    if (!passed) return this.#local(module, name);
    if (module.keptExports.has(name)) return;
    module.keptExports.add(name);
    if (passed.from === undefined) this.#local(module, passed.name);
    else if (isLocal(passed.from)) this.#exported(fileOf(file, passed.from), passed.name);
  }

  #local(module, name) {
    for (const statement of module.declared.get(name) ?? []) {
      if (module.keptStatements.has(statement)) continue;
      module.keptStatements.add(statement);
      this.#namesIn(module, statement);
    }
    const imported = module.imported.get(name);
    if (!imported || module.keptImports.has(name)) return;
    module.keptImports.add(name);
    if (isLocal(imported.from)) this.#exported(fileOf(module.file, imported.from), imported.name);
  }

  #namesIn(module, node) {
    if (ts.isIdentifier(node)) this.#local(module, node.text);
    if (ts.isImportTypeNode(node) && isLocal(node.argument.literal.text))
      this.#exported(fileOf(module.file, node.argument.literal.text), node.qualifier.getText().split(".")[0]);
    ts.forEachChild(node, (child) => this.#namesIn(module, child));
  }
}

/** Writes what the entries reach to the same places below another folder. */
export function writeDeclarations(entries, from, to) {
  const reach = new Reach();
  for (const entry of entries) reach.entry(join(from, entry));
  for (const [file, { text }] of reach.files) {
    const copy = join(to, relative(from, file));
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, text);
  }
}
