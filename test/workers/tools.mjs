/** A connector of tools with limits of their own, one of them by a name that every object has. */
import { defineTool, jsonSchema, toolConnector } from "mooring";

const tool = (name, timeoutMs) =>
  defineTool({
    name,
    description: "Answers with its name",
    input: jsonSchema({ type: "object" }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    run: () => name,
  });

export const tools = toolConnector("tools", [
  tool("plain"),
  tool("__proto__", 60_000),
  tool("valueOf", 70_000),
]);
