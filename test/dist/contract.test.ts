/** The contract that is published as decoded source text, beside the one that Protobuf-ES decodes from bytes. */
import { fileURLToPath, pathToFileURL } from "node:url";
import type { DescFile, DescMessage } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { file_matrix_connectors_v1_connector_service as decoded } from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";

const dist = pathToFileURL(fileURLToPath(new URL("../../dist/transport.js", import.meta.url))).href;
const { ConnectorService } = (await import(dist)) as typeof import("mooring/transport");
const published: DescFile = ConnectorService.file;

/** With what each object inherits: Protobuf-ES keeps defaults there. */
function withDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withDefaults);
  if (typeof value !== "object" || value === null) return value;
  const own = Object.entries(value).filter(([, field]) => field !== undefined);
  return {
    inherited: { ...Object.getPrototypeOf(value) },
    own: Object.fromEntries(own.map(([name, field]) => [name, withDefaults(field)])),
  };
}

const flat = (messages: readonly DescMessage[]): readonly DescMessage[] =>
  messages.flatMap((message) => [message, ...flat(message.nestedMessages)]);

const shapes = (file: DescFile) =>
  flat(file.messages).map(({ typeName, fields }) => [
    typeName,
    fields.map(({ localName, jsonName, number, fieldKind, presence, scalar, oneof }) => ({
      localName,
      jsonName,
      number,
      fieldKind,
      presence,
      scalar,
      oneof: oneof?.localName,
    })),
  ]);

describe("the published contract", () => {
  it("is the message that the bytes decode to, defaults included", () => {
    expect(withDefaults(published.proto)).toEqual(withDefaults(decoded.proto));
  });

  it("describes the same messages, enums and methods", () => {
    expect(shapes(published)).toEqual(shapes(decoded));
    const enums = (file: DescFile) => file.enums.map(({ typeName, value }) => [typeName, Object.keys(value)]);
    expect(enums(published)).toEqual(enums(decoded));
    const methods = (file: DescFile) =>
      file.services.map(({ methods: all }) => all.map(({ name, methodKind }) => [name, methodKind]));
    expect(methods(published)).toEqual(methods(decoded));
  });
});
