/**
 * Writes register requests by hand, as Protobuf-ES would. Capabilities and facts come as fields that are bytes already
 * (`src/session/encoded-parts.ts`), so what is written anew for each registration are its names and tokens. Thousands
 * register together: with Protobuf-ES a request took 12 KB of garbage, and as much again to learn its size.
 */
import type { UnknownField } from "@bufbuild/protobuf";
import type {
  InstanceMetadata,
  RegisterConnectorRequest,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { writeLatin1 } from "./latin1.js";
import { fieldSize, isAscii, numberSize, varintSize } from "./wire-sizes.js";

const text = (field: number): number => (field << 3) | 2;
const number = (field: number): number => (field << 3) | 0;

const tag = {
  registerRequest: text(1),
  tenantId: text(1),
  connectorType: text(2),
  instanceId: text(3),
  jwtToken: text(7),
  sessionToken: text(8),
  scope: number(9),
  instanceMetadata: text(10),
  displayName: text(1),
  tags: text(2),
  metadata: text(3),
  mapKey: text(1),
  mapValue: text(2),
} as const;

/** NaN: this is for Protobuf-ES. So is every sum it is a part of. */
const otherwise = Number.NaN;

const textSize = (value: string): number => (isAscii(value) ? fieldSize(value.length) : otherwise);

/** Elements of lists and parts of map entries are there also when they are empty. */
const elementSize = (value: string): number =>
  isAscii(value) ? 1 + varintSize(value.length) + value.length : otherwise;

const tagOf = ({ no, wireType }: UnknownField): number => ((no << 3) | wireType) >>> 0;

function encodedSize(fields: readonly UnknownField[] | undefined): number {
  let size = 0;
  if (fields) for (const field of fields) size += varintSize(tagOf(field)) + field.data.length;
  return size;
}

const entrySize = (key: string, value: string): number => elementSize(key) + elementSize(value);

function labelSize({ displayName, tags, metadata, $unknown }: InstanceMetadata): number {
  let size = textSize(displayName) + encodedSize($unknown);
  for (const one of tags) size += elementSize(one);
  for (const key of Object.keys(metadata)) {
    const entry = entrySize(key, metadata[key] ?? "");
    size += 1 + varintSize(entry) + entry;
  }
  return size;
}

function requestSize(request: RegisterConnectorRequest, label: number): number {
  const { capabilities, scope } = request;
  if (capabilities !== undefined || scope < 0) return otherwise;
  const size =
    textSize(request.tenantId) +
    textSize(request.connectorType) +
    textSize(request.instanceId) +
    textSize(request.jwtToken) +
    textSize(request.sessionToken) +
    numberSize(scope) +
    encodedSize(request.$unknown);
  return request.instanceMetadata ? size + 1 + varintSize(label) + label : size;
}

/** How long a request and its parts are on the wire; what is written must not have changed since it was measured. */
export class RegisterSizes {
  readonly label: number;
  readonly request: number;

  constructor(request: RegisterConnectorRequest) {
    this.label = request.instanceMetadata ? labelSize(request.instanceMetadata) : 0;
    this.request = requestSize(request, this.label);
  }

  /** Of the message with the request; undefined: Protobuf-ES has to write it. */
  get message(): number | undefined {
    const { request } = this;
    return Number.isNaN(request) ? undefined : 1 + varintSize(request) + request;
  }
}

/** How long the message with this request is; undefined: Protobuf-ES has to write it. */
export const registerSize = (request: RegisterConnectorRequest): number | undefined =>
  new RegisterSizes(request).message;

/** A place in memory that what is written moves on. */
class Pen {
  readonly #memory: Buffer;
  at: number;

  constructor(memory: Buffer, at: number) {
    this.#memory = memory;
    this.at = at;
  }

  varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#memory[this.at++] = (rest & 0x7f) | 0x80;
    this.#memory[this.at++] = rest;
  }

  /** A number, or the length of what follows. */
  head(fieldTag: number, value: number): void {
    this.#memory[this.at++] = fieldTag;
    this.varint(value);
  }

  element(fieldTag: number, value: string): void {
    this.head(fieldTag, value.length);
    writeLatin1(this.#memory, value, this.at);
    this.at += value.length;
  }

  text(fieldTag: number, value: string): void {
    if (value !== "") this.element(fieldTag, value);
  }

  encoded(fields: readonly UnknownField[] | undefined): void {
    if (!fields) return;
    for (const field of fields) {
      this.varint(tagOf(field));
      this.#memory.set(field.data, this.at);
      this.at += field.data.length;
    }
  }
}

function writeLabel(pen: Pen, { displayName, tags, metadata, $unknown }: InstanceMetadata): void {
  pen.text(tag.displayName, displayName);
  for (const one of tags) pen.element(tag.tags, one);
  for (const key of Object.keys(metadata)) {
    const value = metadata[key] ?? "";
    pen.head(tag.metadata, entrySize(key, value));
    pen.element(tag.mapKey, key);
    pen.element(tag.mapValue, value);
  }
  pen.encoded($unknown);
}

/** Writes the message with a request whose size is known. Returns where it ends. */
export function writeRegister(
  memory: Buffer,
  at: number,
  request: RegisterConnectorRequest,
  sizes: RegisterSizes,
): number {
  const { scope, instanceMetadata } = request;
  const pen = new Pen(memory, at);
  pen.head(tag.registerRequest, sizes.request);
  pen.text(tag.tenantId, request.tenantId);
  pen.text(tag.connectorType, request.connectorType);
  pen.text(tag.instanceId, request.instanceId);
  pen.text(tag.jwtToken, request.jwtToken);
  pen.text(tag.sessionToken, request.sessionToken);
  if (scope !== 0) pen.head(tag.scope, scope);
  if (instanceMetadata) {
    pen.head(tag.instanceMetadata, sizes.label);
    writeLabel(pen, instanceMetadata);
  }
  pen.encoded(request.$unknown);
  return pen.at;
}
