/**
 * Protobuf-ES keeps a contract as bytes, and decodes those at every start by the descriptor of descriptors, which it has
 * to build first: an eighth of the time that an import took. Here the decoded message becomes source text.
 */

/** Fields that Protobuf-ES gives defaults by prototype: one of each kind of message, `defaultsN` by the order of their coming. */
class Defaults {
  #names = new Map();

  nameOf(prototype) {
    const text = JSON.stringify(prototype);
    if (!this.#names.has(text)) this.#names.set(text, `defaults${this.#names.size}`);
    return this.#names.get(text);
  }

  declarations() {
    return [...this.#names].map(([text, name]) => `const ${name} = ${text};`);
  }
}

function literal(value, defaults) {
  if (Array.isArray(value)) return `[${value.map((one) => literal(one, defaults)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const prototype = Object.getPrototypeOf(value);
  const head = prototype === Object.prototype ? [] : [`__proto__:${defaults.nameOf(prototype)}`];
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${[...head, ...fields.map(([name, field]) => `${name}:${literal(field, defaults)}`)].join(",")}}`;
}

const decoding = /\bfileDesc\(\s*"[^"]*"\s*\)/g;

/** The code of a generated module, with the message that `file` was decoded from in place of its bytes. */
export function withReadyDescriptor(code, file) {
  if (file.dependencies.length > 0 || code.match(decoding)?.length !== 1)
    throw new Error("A generated module is of another form: look at scripts/ready-descriptor.mjs.");
  const defaults = new Defaults();
  const message = literal(file.proto, defaults);
  const made = `createFileRegistry(${message}, () => undefined).getFile(${JSON.stringify(file.proto.name)})`;
  const ready = code.replace(decoding, () => made).replace(/\bfileDesc\b/, "createFileRegistry");
  return [...defaults.declarations(), ready].join("\n");
}
