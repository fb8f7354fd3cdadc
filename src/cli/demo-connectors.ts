/** What the demonstration hosts: tools, echoes, and one registration that needs approval. */
import {
  defineTool,
  jsonSchema,
  type RegistrationOptions,
  requestResponseConnector,
  toolConnector,
} from "../index.js";

const tenantId = "demo";

/** The registration that an administrator has to approve. */
export const newcomer = "demo.greeter.newcomer";

const numbers = jsonSchema<{ a: number; b: number }>({
  type: "object",
  properties: {
    a: { type: "number", description: "First number" },
    b: { type: "number", description: "Second number" },
  },
  required: ["a", "b"],
});

const calculator = toolConnector("calculator", [
  defineTool({
    name: "add",
    description: "Add two numbers",
    input: numbers,
    run: ({ a, b }) => ({ result: a + b }),
  }),
  defineTool({
    name: "multiply",
    description: "Multiply two numbers",
    input: numbers,
    run: ({ a, b }) => ({ result: a * b }),
  }),
]);

const echo = requestResponseConnector({
  type: "echo",
  version: "1.0.0",
  execute: (request) => request.json(),
});

/** Answers after a while, so that a restart meets requests under way. */
const slow = requestResponseConnector({
  type: "slow",
  version: "1.0.0",
  execute: async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 40));
    return request.json();
  },
});

const greeter = requestResponseConnector({
  type: "greeter",
  version: "1.0.0",
  execute: (request) => ({ hello: request.json() }),
});

/** One that comes later, asks to be let in, and leaves again. */
export function guest(n: number): RegistrationOptions & { readonly key: string } {
  const instanceId = `guest-${n}`;
  return { tenantId, instanceId, connector: greeter, key: `demo.greeter.${instanceId}` };
}

/** Who has to wait for an administrator. */
export const isStranger = (instanceId: string): boolean =>
  newcomer.endsWith(`.${instanceId}`) || instanceId.startsWith("guest-");

export function demoRegistrations(): readonly RegistrationOptions[] {
  return [
    { tenantId, instanceId: "calc-1", connector: calculator },
    { tenantId, instanceId: "echo-1", connector: echo },
    { tenantId, instanceId: "echo-2", connector: echo },
    { tenantId, instanceId: "slow-1", connector: slow },
    { tenantId, instanceId: "newcomer", connector: greeter },
  ];
}

/** A request for each kind, and what its answer must be. */
export function demoRequest(
  key: string,
  n: number,
): { readonly payload: unknown; readonly capabilityId?: string; readonly expected: unknown } {
  if (key.includes(".calculator.")) {
    return {
      payload: { tool: "add", parameters: { a: n, b: 1 } },
      capabilityId: "add",
      expected: { result: n + 1 },
    };
  }
  if (key === newcomer) return { payload: n, expected: { hello: n } };
  return { payload: { n }, expected: { n } };
}
