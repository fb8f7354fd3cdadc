/** Names that every object has are nothing special when they come from outside. */
import { defineTool, jsonSchema, toolConnector } from "mooring";
import { startTestBench } from "mooring/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { consentPage } from "../../src/gateway/sign-in-pages.js";
import { parseEndpoint } from "../../src/protocol/endpoint.js";
import { fixture, threadConnector } from "../workers/dist.js";

const names = ["constructor", "__proto__", "toString", "valueOf", "hasOwnProperty", "__defineGetter__"];

describe.each(names)("the name %s", (name) => {
  it("is no scheme of an address", () => {
    expect(() => parseEndpoint(`${name}://localhost`)).toThrow("is no address of a gateway");
  });

  it("is a scope like any other that the consent page does not know", () => {
    const question = {
      clientName: "c",
      redirectHost: "h",
      account: undefined,
      asksAdminToken: false,
      csrf: "",
    };
    expect(consentPage({ ...question, scopes: [name] })).toContain(`<li>${name}</li>`);
  });

  it("is a tool that is not there, and travels as a key of the context and of the metadata", async () => {
    const seen = defineTool({
      name: "seen",
      description: "The context's own entry",
      input: jsonSchema({ type: "object" }),
      run: (_input, ctx) => ({
        own: Object.hasOwn(ctx.context, name),
        value: Object.entries(ctx.context).find(([key]) => key === name)?.[1],
      }),
    });
    const metadata = Object.fromEntries([[name, "meta"]]);
    const connector = toolConnector("names", [seen], { metadata });
    const bench = await startTestBench({ registrations: [{ tenantId: "t", instanceId: "i", connector }] });
    onTestFinished(() => bench[Symbol.asyncDispose]());
    const context = Object.fromEntries([[name, "given"]]);
    const { gateway } = bench;
    // Protobuf-ES, which reads what is unusual, leaves this one out of a map.
    const isKept = name !== "__proto__";
    const told = await gateway.execute("t.names.i", {
      capabilityId: "seen",
      payload: { parameters: {} },
      context,
    });
    expect(told.json()).toEqual(isKept ? { own: true, value: "given" } : { own: false });
    const missing = await gateway.execute("t.names.i", { capabilityId: name, payload: { parameters: {} } });
    expect(missing.error).toContain("[UNKNOWN_TOOL]");
  });
});

it("such names have no time limit of their own in a connector with threads", async () => {
  const connector = await threadConnector({ module: fixture("burner.mjs"), connectorType: "burner" });
  onTestFinished(() => connector.close());
  expect(names.map((name) => connector.timeoutFor?.(name))).toEqual(names.map(() => undefined));
});
