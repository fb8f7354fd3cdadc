import { ToolError } from "mooring";
import { expect, it } from "vitest";

it.each([[["told"]], [["told", { cause: new Error("why") }]], [["", "why"]], [[]]])(
  "a ToolError of %j is refused by its signature: a message alone would become the code",
  (given) => {
    const make = () => Reflect.construct(ToolError, given);
    expect(make).toThrow(
      new TypeError('ToolError takes a code and a message: new ToolError("NOT_FOUND", "no such file").'),
    );
  },
);
