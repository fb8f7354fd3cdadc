/** Tools for an agent. Run with: npx mooring run examples/calculator.ts */
import { defineTool, ToolError, toolConnector } from "mooring";
import { z } from "zod";

const pair = z.object({ a: z.number().describe("First number"), b: z.number().describe("Second number") });

const add = defineTool({
  name: "add",
  description: "Add two numbers",
  input: pair,
  run: ({ a, b }) => ({ result: a + b }),
});

const divide = defineTool({
  name: "divide",
  description: "Divide one number by another",
  input: pair,
  run: ({ a, b }) => {
    if (b === 0) throw new ToolError("DIVISION_BY_ZERO", "b must not be 0");
    return { result: a / b };
  },
});

export default toolConnector("calculator", [add, divide], { version: "1.0.0" });
