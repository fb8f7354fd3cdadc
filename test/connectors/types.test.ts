/**
 * What the compiler knows of connectors: the types of handlers follow from schemas and options without an annotation, and
 * what is wrong does not compile. `npm run typecheck` holds it; here the same definitions are made, and the ones that the
 * runtime can tell are refused by it, too.
 */
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type as ark } from "arktype";
import { Hono } from "hono";
import {
  appConnector,
  combineConnectors,
  createMetrics,
  createRuntime,
  defineTool,
  type EventConnector,
  type EventDelivery,
  type EventMessage,
  eventConnector,
  type Invoke,
  jsonSchema,
  type Middleware,
  memoryBroker,
  type RelayFrame,
  type RequestContext,
  requestResponseConnector,
  type SinkResult,
  type SourceRequest,
  sinkConnector,
  sourceConnector,
  type ToolContext,
  toolConnector,
  use,
} from "mooring";
import { testTool } from "mooring/testing";
import * as v from "valibot";
import { describe, expect, expectTypeOf, it } from "vitest";
import * as z from "zod";

const tool = { name: "t", description: "d" };
const named = { type: "t", version: "1.0.0" };

interface Place {
  city: string;
  days: number;
}

describe("a tool", () => {
  it("gets what its schema makes of the arguments, by each library", async () => {
    const tools = {
      zod: defineTool({
        ...tool,
        input: z.object({ city: z.string(), days: z.number().default(1) }),
        run: (input, context) => {
          expectTypeOf(input).toEqualTypeOf<Place>();
          expectTypeOf(context).toEqualTypeOf<ToolContext>();
          return input;
        },
      }),
      valibot: defineTool({
        ...tool,
        input: toStandardJsonSchema(v.object({ city: v.string(), days: v.optional(v.number(), 1) })),
        run: (input) => {
          expectTypeOf(input).toEqualTypeOf<Place>();
          return input;
        },
      }),
      arktype: defineTool({
        ...tool,
        input: ark({ city: "string", days: "number = 1" }),
        run: (input) => {
          expectTypeOf(input).toEqualTypeOf<Place>();
          return input;
        },
      }),
      "JSON Schema": defineTool({
        ...tool,
        input: jsonSchema<Place>({ type: "object", properties: { days: { type: "number", default: 1 } } }),
        run: (input) => {
          expectTypeOf(input).toEqualTypeOf<Place>();
          return input;
        },
      }),
    };
    for (const [library, one] of Object.entries(tools))
      expect(await testTool(one).call({ city: "Bern" }), library).toEqual({ city: "Bern", days: 1 });
  });

  it("gets what a transform makes", () => {
    defineTool({
      ...tool,
      input: z.object({ on: z.iso.date().transform((text) => new Date(text)) }),
      run: ({ on }) => {
        expectTypeOf(on).toEqualTypeOf<Date>();
        return on.toISOString();
      },
    });
  });

  it("returns what its output schema says, at once or later", () => {
    const input = z.object({});
    const output = z.object({ sum: z.number() });
    const valid = [
      defineTool({ ...tool, input, output, run: () => ({ sum: 1 }) }),
      defineTool({ ...tool, input, output, run: async () => ({ sum: 1 }) }),
      defineTool({ ...tool, input, output: ark({ sum: "number" }), run: () => ({ sum: 1 }) }),
      defineTool({
        ...tool,
        input,
        output: toStandardJsonSchema(v.object({ sum: v.number() })),
        run: () => ({ sum: 1 }),
      }),
      // A document without a type says nothing of its own, so anything may be returned.
      defineTool({ ...tool, input, output: jsonSchema({ type: "string" }), run: () => "text" }),
      defineTool({ ...tool, input, run: () => "anything" }),
    ];
    expect(valid).toHaveLength(6);
    const wrong = [
      // @ts-expect-error the sum is a number
      defineTool({ ...tool, input, output, run: () => ({ sum: "1" }) }),
      // @ts-expect-error the sum is a number, later too
      defineTool({ ...tool, input, output, run: async () => ({ sum: "1" }) }),
      // @ts-expect-error the sum is missing (ArkType)
      defineTool({ ...tool, input, output: ark({ sum: "number" }), run: () => ({}) }),
      // @ts-expect-error the document says what it describes
      defineTool({ ...tool, input, output: jsonSchema<{ sum: number }>({}), run: () => 3 }),
    ];
    expect(wrong).toHaveLength(4);
  });

  it("does not compile with a schema, a handler or an option of another form", () => {
    const input = z.object({ a: z.number() });
    // @ts-expect-error a document is made a schema by jsonSchema()
    expect(() => defineTool({ ...tool, input: { type: "object" }, run: () => 1 })).toThrow();
    // @ts-expect-error without an input
    expect(() => defineTool({ ...tool, run: () => 1 })).toThrow("must have an input");
    // @ts-expect-error without a handler
    expect(() => defineTool({ ...tool, input })).toThrow("must have a run function");
    // @ts-expect-error Valibot's schemas print themselves by an adapter
    expect(() => defineTool({ ...tool, input: v.object({ a: v.number() }), run: () => 1 })).toThrow();
    // @ts-expect-error the handler wants what the schema does not give
    expect(defineTool({ ...tool, input, run: ({ b }: { b: string }) => b })).toBeDefined();
    // @ts-expect-error a limit is a number
    expect(() => defineTool({ ...tool, input, timeoutMs: "1", run: () => 1 })).toThrow();
    // @ts-expect-error there is no such option
    expect(() => defineTool({ ...tool, input, timeout: 1, run: () => 1 })).toThrow("timeout");
    const one = defineTool({ ...tool, input, run: ({ a }) => a });
    // @ts-expect-error tools are a list
    expect(() => toolConnector("c", one)).toThrow();
    // @ts-expect-error a function is no tool
    expect(() => toolConnector("c", [() => 1])).toThrow();
    // @ts-expect-error metadata are texts
    expect(() => toolConnector("c", [one], { metadata: { n: 1 } })).toThrow();
  });
});

describe("a connector that answers requests", () => {
  it("knows its request and its context", () => {
    const echo = requestResponseConnector({
      ...named,
      execute: async (request, context) => {
        expectTypeOf(request.bytes).toEqualTypeOf<Uint8Array>();
        expectTypeOf(request.json()).toBeUnknown();
        expectTypeOf(context).toEqualTypeOf<RequestContext>();
        expectTypeOf(context.invoke).toEqualTypeOf<Invoke>();
        expectTypeOf(context.subject).toEqualTypeOf<string | undefined>();
        return request.json();
      },
      before: (_request, { context }) => {
        expectTypeOf(context).toEqualTypeOf<Readonly<Record<string, string>>>();
      },
      afterSuccess: (result) => {
        expectTypeOf(result).toBeUnknown();
      },
      afterFailure: (error) => {
        expectTypeOf(error).toBeUnknown();
      },
      batch: { maxConcurrent: 2 },
    });
    expect(echo.connectorType).toBe("t");
  });

  it("does not compile with a hook, a batch or a capability of another form", () => {
    const execute = () => 1;
    // @ts-expect-error a handler is a function
    expect(() => requestResponseConnector({ ...named, execute: 1 })).toThrow();
    const before = (request: string) => void request;
    // @ts-expect-error a hook gets the request first
    expect(requestResponseConnector({ ...named, execute, before })).toBeDefined();
    // @ts-expect-error a hook decides by throwing, not by what it returns
    expect(requestResponseConnector({ ...named, execute, before: () => false })).toBeDefined();
    // @ts-expect-error there is no such hook
    expect(() => requestResponseConnector({ ...named, execute, after: () => undefined })).toThrow("after");
    // @ts-expect-error a batch has limits
    expect(() => requestResponseConnector({ ...named, execute, batch: true })).toThrow();
    // @ts-expect-error there is no such limit
    expect(() => requestResponseConnector({ ...named, execute, batch: { max: 1 } })).toThrow("max");
    // @ts-expect-error a capability has a description
    expect(requestResponseConnector({ ...named, execute, capabilities: [{ name: "n" }] })).toBeDefined();
    // @ts-expect-error encodings are numbers of the contract
    expect(requestResponseConnector({ ...named, execute, supportedEncodings: ["JSON"] })).toBeDefined();
  });
});

describe("a source", () => {
  async function* places() {
    yield { city: "Bern", days: 1 };
  }

  it("knows its query by the schema, and its items by what it returns", () => {
    const source = sourceConnector({
      ...named,
      query: z.object({ min: z.number().default(0) }),
      fetch: (request) => {
        expectTypeOf(request).toEqualTypeOf<SourceRequest<{ min: number }>>();
        return places();
      },
      cursorOf: (item) => {
        expectTypeOf(item).toEqualTypeOf<Place>();
        return item.city;
      },
    });
    const paged = sourceConnector({
      ...named,
      fetch: ({ query, cursor, limit }) => {
        expectTypeOf(query).toBeUnknown();
        expectTypeOf(cursor).toEqualTypeOf<string | undefined>();
        return { items: Array.from({ length: limit }, (_, i) => i), nextCursor: "1" };
      },
    });
    expect([source.version, paged.version]).toEqual(["1.0.0", "1.0.0"]);
  });

  it("does not compile with a page, a cursor or an iterable of another form", () => {
    // @ts-expect-error a page has items
    expect(sourceConnector({ ...named, fetch: () => ({ rows: [] }) })).toBeDefined();
    // @ts-expect-error a cursor is a text
    expect(sourceConnector({ ...named, fetch: () => ({ items: [1], nextCursor: 1 }) })).toBeDefined();
    // @ts-expect-error a list is no async iterable
    expect(sourceConnector({ ...named, fetch: () => [1] })).toBeDefined();
    const query = z.object({ a: z.number() });
    // @ts-expect-error the query has no such field
    expect(sourceConnector({ ...named, query, fetch: ({ query: { b } }) => b })).toBeDefined();
  });
});

describe("a sink", () => {
  it("knows its items by their schema", () => {
    const sink = sinkConnector({
      ...named,
      item: z.object({ city: z.string(), days: z.number().default(1) }),
      write: (items, context) => {
        expectTypeOf(items).toEqualTypeOf<readonly Place[]>();
        expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
        return { itemErrors: [{ index: 0, error: "e", retryable: true }] };
      },
      idempotency: {
        idOf: (item) => {
          expectTypeOf(item).toEqualTypeOf<Place>();
          return item.city;
        },
      },
    });
    expect(sink.version).toBe("1.0.0");
    expectTypeOf<SinkResult["itemErrors"]>().toExtend<readonly { index: number }[] | undefined>();
  });

  it("does not compile with a result, an id or a batch of another form", () => {
    const write = () => undefined;
    const item = z.object({ id: z.number() });
    // @ts-expect-error an error of an item has its place
    expect(sinkConnector({ ...named, write: () => ({ itemErrors: [{ error: "e" }] }) })).toBeDefined();
    // @ts-expect-error how many were written is not for the author to say
    expect(sinkConnector({ ...named, write: () => 3 })).toBeDefined();
    // @ts-expect-error an id is a text
    expect(sinkConnector({ ...named, item, write, idempotency: { idOf: ({ id }) => id } })).toBeDefined();
    // @ts-expect-error batching has limits
    expect(() => sinkConnector({ ...named, write, batching: true })).toThrow();
    // @ts-expect-error an item has no such field
    expect(sinkConnector({ ...named, item, write: ([first]) => void first?.name })).toBeDefined();
  });
});

describe("events", () => {
  it("know what they publish and hand out", async () => {
    await using events = eventConnector(named);
    expectTypeOf(events).toEqualTypeOf<EventConnector>();
    const reader = await events.broker.subscribe("a.*", { autoAck: false });
    const published = await events.broker.publish("a.b", { n: 1 });
    expectTypeOf(published).toEqualTypeOf<EventMessage>();
    for await (const delivery of reader) {
      expectTypeOf(delivery).toEqualTypeOf<EventDelivery>();
      expect(delivery.message.message_id).toBe(published.message_id);
      break;
    }
  });

  it("do not compile with a broker, a topic or an option of another form", async () => {
    // @ts-expect-error a broker publishes and subscribes
    expect(() => eventConnector({ ...named, broker: new Map() })).toThrow("broker must be");
    // @ts-expect-error a buffer is a number
    expect(() => eventConnector({ ...named, buffer: "all" })).toThrow();
    const broker = memoryBroker();
    // @ts-expect-error a topic is a text
    await expect(broker.publish(1, {})).rejects.toThrow("topic");
    // @ts-expect-error a pattern is one of three forms
    await expect(broker.subscribe({ Regex: "a" })).rejects.toThrow("pattern");
  });
});

describe("an app", () => {
  const fetch = () => new Response("page");

  it("takes a web-standard handler as it is, and knows the page's WebSocket", () => {
    const router = new Hono();
    router.get("/", (context) => context.text("page"));
    const apps = [
      appConnector({ name: "Sales", fetch: router.fetch }),
      appConnector({
        name: "Sales",
        fetch: (request, context) => {
          expectTypeOf(request).toEqualTypeOf<Request>();
          expectTypeOf(context).toEqualTypeOf<RequestContext>();
          return undefined;
        },
        webSocket: (opening, socket) => {
          expectTypeOf(opening.headers).toEqualTypeOf<Readonly<Record<string, string>>>();
          return {
            frame: (frame) => {
              expectTypeOf(frame).toEqualTypeOf<RelayFrame>();
              return socket.send(frame);
            },
            closed: ({ code, reason }) => {
              expectTypeOf(code).toEqualTypeOf<number>();
              expectTypeOf(reason).toEqualTypeOf<string>();
            },
          };
        },
      }),
    ];
    expect(apps.map(({ connectorType }) => connectorType)).toEqual(["app-sales", "app-sales"]);
  });

  it("does not compile with a manifest, a handler or a relay of another form", () => {
    // @ts-expect-error an app has a name
    expect(() => appConnector({ fetch })).toThrow();
    // @ts-expect-error a name is a text
    expect(() => appConnector({ name: 1, fetch })).toThrow();
    // @ts-expect-error paths are a list
    expect(() => appConnector({ name: "a", fetch, routes: "/a" })).toThrow();
    // @ts-expect-error there is no such placement
    expect(() => appConnector({ name: "a", fetch, navigation: { placement: "left" } })).toThrow();
    // @ts-expect-error manifests have names, too
    expect(() => appConnector({ fetch, manifests: [{ entryPath: "/" }] })).toThrow();
    // @ts-expect-error a handler gives a Response
    expect(appConnector({ name: "a", fetch: () => ({ body: "page" }) })).toBeDefined();
    // @ts-expect-error what takes a WebSocket takes its frames
    expect(appConnector({ name: "a", fetch, webSocket: () => ({ message: () => undefined }) })).toBeDefined();
    // @ts-expect-error a server has an address
    expect(() => appConnector({ name: "a", fetch, webSocket: { port: 1 } })).toThrow();
  });
});

describe("what is put around and together", () => {
  const echo = requestResponseConnector({ ...named, execute: (request) => request.json() });

  it("knows the request, and takes connectors of any kind", () => {
    const logged: Middleware = async (request, context, next) => {
      expectTypeOf(request.capabilityId).toEqualTypeOf<string | undefined>();
      expectTypeOf(context).toEqualTypeOf<RequestContext>();
      return next();
    };
    const whole = combineConnectors({
      ...named,
      connectors: [
        use(echo, logged, (_request, _context, next) => next()),
        sinkConnector({ ...named, write: () => undefined }),
      ],
    });
    expect(whole.connectorType).toBe("t");
    const { counter } = createMetrics();
    expectTypeOf(counter("n", { shop: "north" }).increment)
      .parameter(0)
      .toEqualTypeOf<number | undefined>();
  });

  it("does not compile otherwise", () => {
    // @ts-expect-error middleware is a function
    expect(() => use(echo, { before: () => undefined })).toThrow("use() takes functions");
    // @ts-expect-error it gets a request, a context and what comes next
    expect(use(echo, (request: string) => request)).toBeDefined();
    const one = defineTool({ ...tool, input: z.object({}), run: () => 1 });
    // @ts-expect-error a tool is no connector: toolConnector() makes one of it
    expect(() => combineConnectors({ ...named, connectors: [echo, one] })).toThrow();
    const runtime = createRuntime();
    // @ts-expect-error a registration has a connector
    expect(() => runtime.add({ instanceId: "1" })).toThrow();
    // @ts-expect-error an object of functions is no connector
    expect(() => runtime.add({ instanceId: "1", connector: { execute: () => 1 } })).toThrow();
    // @ts-expect-error a label is a text
    expect(createMetrics().gauge("g", { shop: { id: 1 } })).toBeDefined();
  });
});
