import { describe, expect, it } from "vitest";
import { HeaderDecoder } from "../../../../src/transport/h2/hpack/header-decoder.js";
import { encodeHeaders } from "../../../../src/transport/h2/hpack/header-encoder.js";

const hexOf = (...fields: [name: string, value: string][]) =>
  encodeHeaders(fields.map(([name, value]) => ({ name, value }))).toString("hex");

describe("the encoder", () => {
  it("refers to fields of the static table", () => {
    expect(hexOf([":method", "POST"], [":scheme", "http"], [":scheme", "https"], [":path", "/"])).toBe(
      "2083868784",
    );
  });

  it("refers to their names, and indexes nothing", () => {
    expect(hexOf([":path", "/a"], ["content-type", "x"])).toBe("2004022f610f100178");
  });

  it("takes the first of several indices of a name", () => {
    expect(hexOf([":status", "599"], [":method", "PUT"])).toBe("2008033539390203505554");
  });

  it("writes other names out", () => {
    expect(hexOf(["te", "trailers"])).toBe("200002746508747261696c657273");
  });

  it("forbids to index what may be secret", () => {
    expect(hexOf(["authorization", "s"])).toBe("201f080173");
    expect(hexOf(["proxy-authorization", "s"])).toBe("201f220173");
    expect(hexOf(["cookie", "s"])).toBe("201f110173");
  });

  it("writes an octet for each character", () => {
    expect(hexOf(["a", "é\u00ff"])).toBe("2000016102e9ff");
  });

  it.each([126, 127, 128, 254, 255, 16_510, 16_511, 70_000])("writes a value of %i octets", (length) => {
    const fields = [{ name: "a", value: "v".repeat(length) }];
    const block = encodeHeaders(fields);
    expect(new HeaderDecoder({ maxListBytes: 100_000 }).decode(block, 0, block.length)).toEqual(fields);
  });

  it("says that it uses no table, and nothing more for no fields", () => {
    expect(hexOf()).toBe("20");
  });
});
