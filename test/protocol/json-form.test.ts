/** JSON without a loss: what `JSON.stringify` drops or changes without a word is an error that says where it is. */
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePayload, encodeJson } from "../../src/protocol/encodings.js";
import { isTooDeep } from "../../src/protocol/json-depth.js";
import { jsonText } from "../../src/protocol/json-form.js";

class Hidden {
  #value = 1;
  get value() {
    return this.#value;
  }
}

class Point {
  x = 1;
  y = 2;
}

const circle: Record<string, unknown> = {};
circle.self = { again: circle };

const failing = {
  toJSON() {
    throw new Error("no form today");
  },
};

const form = (value: unknown) => ({ value: () => value });

const dateWith = (name: string, value: unknown) => Object.defineProperty(new Date(0), name, form(value));

/** Another value each time it is read. */
function changing(...values: unknown[]) {
  return {
    get x() {
      return values.length > 1 ? values.shift() : values[0];
    },
  };
}

describe("a value as JSON", () => {
  it("is what JSON.stringify makes of any plain data", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(jsonText(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it.each<[string, unknown, string]>([
    ["a Map", { a: [new Map([[1, 2]])] }, "a.0 is a Map"],
    ["a Map with fields", Object.assign(new Map(), { x: 1 }), "the value is a Map"],
    ["a Set", { a: new Set([1]) }, "a is a Set"],
    ["a WeakMap", { a: new WeakMap() }, "a is an object of class WeakMap"],
    ["an Error", { e: new TypeError("x") }, "e is an Error (TypeError)"],
    ["an Error with fields", { e: Object.assign(new Error("x"), { code: 1 }) }, "e is an Error (Error)"],
    ["an Error of elsewhere", { e: runInNewContext("new RangeError('x')") }, "e is an Error (RangeError)"],
    ["an ArrayBuffer", { b: new ArrayBuffer(2) }, "b is bytes (ArrayBuffer)"],
    ["a SharedArrayBuffer", { b: new SharedArrayBuffer(2) }, "b is bytes (SharedArrayBuffer)"],
    ["a Uint8Array", { b: new Uint8Array(2) }, "b is bytes (Uint8Array)"],
    ["a Float64Array", [new Float64Array(2)], "0 is bytes (Float64Array)"],
    ["a DataView", { b: new DataView(new ArrayBuffer(1)) }, "b is bytes (DataView)"],
    ["a Promise", { p: Promise.resolve(1) }, "p is a Promise: await it"],
    ["a RegExp", { r: /x/ }, "r is an object of class RegExp without fields"],
    ["an object with hidden fields", { h: new Hidden() }, "h is an object of class Hidden without fields"],
    ["URLSearchParams", { q: new URLSearchParams("a=1") }, "q is an object of class URLSearchParams"],
    ["a function", { f: () => 1 }, "f is a function"],
    ["a function in a list", [() => 1], "0 is a function"],
    ["a function alone", () => 1, "the value is a function"],
    ["a symbol", { s: Symbol("x") }, "s is a symbol"],
    ["a BigInt", { a: { b: 1n } }, "a.b is a BigInt"],
    ["NaN", { n: [1, Number.NaN] }, "n.1 is NaN"],
    ["Infinity", { n: Number.NEGATIVE_INFINITY }, "n is -Infinity"],
    ["an invalid Date", { d: new Date(Number.NaN) }, "d is an invalid Date"],
    ["a boxed NaN", { n: new Number(Number.NaN) }, "n is NaN"],
    ["a boxed Infinity", [new Number(Number.POSITIVE_INFINITY)], "0 is Infinity"],
    ["a boxed NaN of elsewhere", runInNewContext("({ n: new Number(NaN) })"), "n is NaN"],
    ["a boxed NaN from toJSON", { n: { toJSON: () => new Number(Number.NaN) } }, "n is NaN"],
    ["an invalid Date of elsewhere", runInNewContext("({ d: new Date(NaN) })"), "d is an invalid Date"],
    ["a Date with a toJSON of its own", { d: dateWith("toJSON", new Map()) }, "d is a Map"],
    ["a Date with a text of its own", { d: dateWith("toISOString", new Set()) }, "d is a Set"],
    [
      "an object made of Date's prototype",
      { d: Object.create(Date.prototype) },
      "d is a value whose toJSON()",
    ],
    ["a hidden toJSON", { o: Object.defineProperty({}, "toJSON", form(new Map())) }, "o is a Map"],
    ["a list's toJSON", { l: Object.defineProperty([1], "toJSON", form(new Set())) }, "l is a Set"],
    ["a circle", circle, "self.again is in a circle"],
    ["a toJSON that throws", { t: failing }, "t is a value whose toJSON() failed: no form today"],
    ["a Map from toJSON", { t: { toJSON: () => ({ m: new Map() }) } }, "t.m is a Map"],
  ])("is refused for %s, with its place", (_, value, text) => {
    expect(() => encodeJson(value)).toThrow(
      expect.objectContaining({
        code: "SERIALIZATION_ERROR",
        message: expect.stringContaining(`Serialization error: JSON serialization failed: ${text}`),
      }),
    );
  });

  it.each<[string, unknown, string]>([
    ["undefined", undefined, "null"],
    ["fields that are undefined", { a: undefined, b: 1 }, '{"b":1}'],
    ["undefined in a list", [undefined, 1], "[null,1]"],
    // biome-ignore lint/suspicious/noSparseArray: what is tried
    ["places that are empty", [, 1], "[null,1]"],
    ["a Date", { d: new Date(0) }, '{"d":"1970-01-01T00:00:00.000Z"}'],
    ["a URL", { u: new URL("http://x.test/") }, '{"u":"http://x.test/"}'],
    ["a Buffer, by its toJSON", { b: Buffer.from([1]) }, '{"b":{"type":"Buffer","data":[1]}}'],
    ["the fields of an instance", { p: new Point() }, '{"p":{"x":1,"y":2}}'],
    ["an instance beside a place that is empty", [new Point(), undefined], '[{"x":1,"y":2},null]'],
    ["toJSON with its key", { k: { toJSON: (key: string) => key } }, '{"k":"k"}'],
    ["toJSON that gives nothing", { k: { toJSON: () => undefined }, l: [{ toJSON() {} }] }, '{"l":[null]}'],
    ["boxed values", [new Number(1), new String("s"), new Boolean(false)], '[1,"s",false]'],
    [
      "boxed values of elsewhere",
      runInNewContext("[new Number(1), new String('s'), new Boolean(false)]"),
      '[1,"s",false]',
    ],
    ["what a getter gives first", [changing(1, new Map()), changing(2, Number.NaN)], '[{"x":1},{"x":2}]'],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ["an empty object of elsewhere", runInNewContext("({ a: {} })"), '{"a":{}}'],
    [
      "names that every object inherits",
      JSON.parse('{"__proto__":1,"constructor":2}'),
      '{"__proto__":1,"constructor":2}',
    ],
    [
      "these names beside an instance",
      [JSON.parse('{"__proto__":1}'), new Point()],
      '[{"__proto__":1},{"x":1,"y":2}]',
    ],
    ["the same object twice", [circle.none, { a: 1 }, { a: 1 }], '[null,{"a":1},{"a":1}]'],
  ])("holds %s as documented", (_, value, text) => {
    expect(jsonText(value)).toBe(text);
  });

  it("is not written when it is longer than may be", () => {
    // One MB by references, 2^40 characters as a text.
    let wide: unknown = "x".repeat(1_000);
    for (let i = 0; i < 30; i += 1) wide = [wide, wide];
    expect(() => jsonText(wide, 100_000)).toThrow("the value has more than 100000 bytes as JSON");
    const sparse: number[] = [];
    sparse[4_000_000_000] = 1;
    expect(() => jsonText({ sparse }, 100_000)).toThrow("more than 100000 bytes");
    expect(() => jsonText(["x".repeat(60), new Point(), "y".repeat(60)], 100)).toThrow("more than 100 bytes");
  });

  it("never takes more room than it has", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(jsonText(value, Buffer.byteLength(text) + 1)).toBe(text);
      }),
    );
  });

  it("is refused beyond a depth", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 5_000; i += 1) deep = { a: deep };
    expect(() => jsonText(deep)).toThrow("nested deeper than 1000 levels");
  });
});

describe("a payload", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  it("is not parsed when it is nested beyond measure", () => {
    const deep = bytes("[".repeat(500_000) + "]".repeat(500_000));
    for (const encoding of [0, 1, 2, 4] as const)
      expect(() => decodePayload(deep, encoding)).toThrow("nested deeper than 10000 levels");
  });

  it.each([
    ["[[[]]]", 2, true],
    ["[[[]]]", 3, false],
    ['{"a":{"b":[]}}', 2, true],
    ["[[],[],[],[]]", 2, false],
    [String.raw`["[[[[\"[[[[","]"]`, 1, false],
    [String.raw`["\\",[[]]]`, 2, true],
    ['["no end[[[[', 1, false],
  ])("%s is too deep for %d: %s", (text, most, expected) => {
    expect(isTooDeep(bytes(text), most)).toBe(expected);
  });
});

describe("lists", () => {
  it.each<[string, unknown, string]>([
    ["a match", { found: "abc".match(/b/) }, '{"found":["b"]}'],
    ["fields beside the elements", Object.assign([1], { total: 1 }), "[1]"],
    ["holes", Object.assign(new Array(3), { 0: 1, 2: 2 }), "[1,null,2]"],
  ])("are their elements: %s", (_what, value, text) => {
    expect(jsonText(value)).toBe(text);
    expect(jsonText([new Date(0), value])).toBe(`["1970-01-01T00:00:00.000Z",${text}]`);
  });

  it("name the element whose getter throws", () => {
    const closed = Object.defineProperty([0, 1], 1, {
      get() {
        throw new Error("closed");
      },
    });
    expect(() => jsonText({ list: closed })).toThrow("list.1 is a value whose getter failed: closed");
  });
});

it.each<[string, object, string]>([
  [
    "a field",
    {
      a: {
        get b() {
          throw new Error("closed");
        },
      },
    },
    "a.b is a value whose getter failed: closed",
  ],
  [
    "an inherited field of a class",
    {
      a: [
        {
          x: Object.defineProperty(new Point(), "z", {
            enumerable: true,
            get() {
              throw new Error("closed");
            },
          }),
        },
      ],
    },
    "a.0.x.z is a value whose getter failed: closed",
  ],
  [
    "toJSON",
    {
      a: {
        get toJSON() {
          throw new Error("closed");
        },
      },
    },
    "a.toJSON is a value whose getter failed: closed",
  ],
])("a getter that throws is told with its path: %s", (_what, value, message) => {
  expect(() => jsonText(value)).toThrow(message);
});

describe("a value whose own code writes another one", () => {
  const within = (write: () => unknown) => ({
    toJSON: () => {
      try {
        write();
      } catch {
        // what is within may be too large
      }
      return "x".repeat(100);
    },
  });

  it("keeps the room that it has", () => {
    const tooLarge = within(() => jsonText("x".repeat(200), 100));
    expect(jsonText([tooLarge, "rest"], 1_000)).toHaveLength(111);
    const endless = within(() => jsonText("x".repeat(200)));
    expect(() => jsonText([endless, "x".repeat(10_000)], 1_000)).toThrow("more than 1000 bytes");
  });
});
