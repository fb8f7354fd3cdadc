/** What belongs to `node:http2` is ended outside its callbacks, everywhere: one file ends it, as the compiler sees it. */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

const enders = new Set(["destroy", "close", "goaway", "destroySoon", "resetAndDestroy", "cancel"]);
/** Sockets only where HTTP/2 runs on them. */
const sockets = new Set(["Socket", "TLSSocket"]);
const hasSessions = /^src\/(transport|gateway)\//;
const ended = new Set([
  "Http2Session",
  "ClientHttp2Session",
  "ServerHttp2Session",
  "Http2Stream",
  "ClientHttp2Stream",
  "ServerHttp2Stream",
  "Http2ServerRequest",
  "Http2ServerResponse",
  "ClientDuplexStream",
]);

/** Every mention of a method that ends something of HTTP/2, called or handed on. */
function mentions(file: ts.SourceFile, checker: ts.TypeChecker): string[] {
  const found: string[] = [];
  const carries = hasSessions.test(relative(root, file.fileName));
  const isEnded = (name = "") => ended.has(name) || (carries && sockets.has(name));
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && enders.has(node.name.text)) {
      const type = checker.getNonNullableType(checker.getTypeAtLocation(node.expression));
      const constrained = checker.getBaseConstraintOfType(type) ?? type;
      const names = (constrained.isUnion() ? constrained.types : [constrained]).map(
        (one) => one.symbol?.name,
      );
      const inside = node.parent.parent;
      // An argument of `outsideHttp2` as a function without more: `() => call.cancel()`.
      const handed = ts.isArrowFunction(inside) && inside.parent.getText().startsWith("outsideHttp2(() => ");
      if (names.some(isEnded) && !handed) found.push(node.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

describe("the rule for ending what belongs to HTTP/2", () => {
  const program = (files: readonly string[], texts = new Map<string, string>()) => {
    const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile).config;
    const options = { ...ts.parseJsonConfigFileContent(config, ts.sys, root).options, noEmit: true };
    const host = ts.createCompilerHost(options);
    const { fileExists, readFile } = host;
    host.fileExists = (name) => texts.has(name) || fileExists(name);
    host.readFile = (name) => texts.get(name) ?? readFile(name);
    return ts.createProgram([...files], options, host);
  };
  const watched = (name: string) => name.startsWith("src/") && name !== "src/http2/ending.ts";

  it("is kept by every call in src: one file ends it", () => {
    const made = program([
      join(root, "src/transport/create.ts"),
      join(root, "src/gateway/index.ts"),
      join(root, "src/index.ts"),
      join(root, "src/cli/main.ts"),
      join(root, "src/testing/index.ts"),
    ]);
    const checker = made.getTypeChecker();
    const found = made
      .getSourceFiles()
      .map((file) => ({ name: relative(root, file.fileName), file }))
      .filter(({ name }) => watched(name))
      .map(({ name, file }) => [name, mentions(file, checker)] as const)
      .filter(([, calls]) => calls.length > 0);
    expect(found).toEqual([]);
  });

  it("notices a call that breaks it", () => {
    const path = join(root, "src/transport/breach.ts");
    const text = [
      'import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";',
      "export function breach(session: ClientHttp2Session, stream: ClientHttp2Stream | undefined): void {",
      "  session.destroy();",
      "  stream?.close();",
      "}",
    ];
    const made = program([path], new Map([[path, text.join("\n")]]));
    const file = made.getSourceFile(path);
    expect(file && mentions(file, made.getTypeChecker())).toEqual(["session.destroy", "stream?.close"]);
  });
});
