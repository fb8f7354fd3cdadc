/** Tools for agents. */
import { defineTool, ToolError, toolConnector } from "mooring";
import { z } from "zod";

export const divide = defineTool({
  name: "divide",
  description: "Divide one number by another",
  input: z.object({ a: z.number().describe("Dividend"), b: z.number().describe("Divisor") }),
  run: ({ a, b }) => {
    if (b === 0) throw new ToolError("DIVISION_BY_ZERO", "b must not be 0");
    return { result: a / b };
  },
});

export default toolConnector("my-connector", [divide], { version: "0.1.0" });
