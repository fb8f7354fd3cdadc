/** What an app connector says of itself. */
import {
  type AppFetch,
  type AppOptions,
  appConnector,
  ConnectorBehavior,
  combineConnectors,
  defineTool,
  jsonSchema,
  PayloadEncoding,
  toolConnector,
} from "mooring";
import { describe, expect, expectTypeOf, it } from "vitest";
import { requestContext } from "../support/request-context.js";
import { asked, page } from "./rig.js";

const fetch = () => new Response("hi", { headers: { "content-type": "text/plain" } });

const manifest = (options: Partial<AppOptions>, key = "app_manifest"): unknown =>
  JSON.parse(appConnector({ name: "Sales", fetch, ...options }).metadata[key] ?? "null");

describe("an app connector", () => {
  it("[C14 #47] [C16 #36] is of the kind APP, speaks JSON and says how long a page may take", () => {
    const app = appConnector({ name: "Sales Board", fetch });
    expect(app).toMatchObject({
      connectorType: "app-sales-board",
      version: "1.0.0",
      behaviors: [ConnectorBehavior.APP],
      supportedEncodings: [PayloadEncoding.JSON],
      taskTypes: [],
      timeoutMs: 10_000,
    });
    expect(app.metadata).toEqual({
      app_manifest: '{"name":"Sales Board","entry_path":"/"}',
      timeout_ms: "10000",
    });
    expect(app.relay).toBeUndefined();
    expect(appConnector({ name: "S", type: "board", version: "2.1.0", timeoutMs: 5, fetch })).toMatchObject({
      connectorType: "board",
      version: "2.1.0",
      timeoutMs: 5,
      metadata: { timeout_ms: "5" },
    });
  });

  it("[C14 #42 #44] [C16 #33 #36] has a manifest of what is given, and of nothing else", () => {
    expect(
      manifest({
        entryPath: "/start",
        description: "Figures",
        icon: "hero-chart-bar",
        version: "1.2.0",
        routes: ["/a"],
        navigation: { placement: "nested", icon: "hero-x", order: 3, label: "Board" },
        apiAccess: true,
      }),
    ).toEqual({
      name: "Sales",
      entry_path: "/start",
      description: "Figures",
      icon: "hero-chart-bar",
      version: "1.2.0",
      routes: ["/a"],
      navigation: { placement: "nested", path: ["Apps"], icon: "hero-x", order: 3, label: "Board" },
      api_access: true,
    });
    expect(manifest({ apiAccess: false, navigation: { placement: "top-level" } })).toEqual({
      name: "Sales",
      entry_path: "/",
      navigation: { placement: "top-level" },
    });
    expect(manifest({ navigation: { placement: "nested", path: ["A", "B"] } })).toMatchObject({
      navigation: { placement: "nested", path: ["A", "B"] },
    });
    expect(manifest({ navigation: { placement: "hidden" } })).toMatchObject({
      navigation: { placement: "hidden" },
    });
  });

  it("[C14 #43] may have several apps, which travel in place of the one", () => {
    const app = appConnector({
      name: "Both",
      manifests: [{ name: "A" }, { name: "B", entryPath: "/b" }],
      fetch,
    });
    expect(app.metadata.app_manifest).toBeUndefined();
    expect(JSON.parse(app.metadata.app_manifests ?? "")).toEqual([
      { name: "A", entry_path: "/" },
      { name: "B", entry_path: "/b" },
    ]);
    expect(app.connectorType).toBe("app-both");
  });

  it("[C14 #42 #47] [C16 #34 #36] refuses what cannot be, by the name of the field", () => {
    const wrong: readonly [object, string][] = [
      [{ name: " " }, "name is required"],
      [{ name: undefined }, "name is required"],
      [{ fetch: undefined }, "static, fetch or webSocket"],
      [{ fetch: "app" }, "fetch must be a function"],
      [{ type: "" }, "type must not be empty"],
      [{ entryPath: "" }, "entryPath must not be empty"],
      [{ entry_path: "/" }, "entry_path is no option"],
      [{ static: "no-such-folder" }, "static must be the path"],
      [{ static: 7 }, "static must be the path"],
      [{ static: new URL("http://example.com/") }, "static must be the path"],
      [{ spaFallback: true }, "spaFallback needs static"],
      [{ timeoutMs: 0 }, "timeoutMs"],
      [{ navigation: { placement: "left" } }, "navigation.placement"],
      [{ navigation: {} }, "placement is required"],
      [{ navigation: { placement: "hidden", path: ["A"] } }, 'path goes with placement: "nested"'],
      [{ navigation: { placement: "nested", order: -1 } }, "navigation.order"],
      [{ manifests: [] }, "at least one manifest"],
      [{ manifests: [{ name: "A" }, { name: "" }] }, "manifests[1].name"],
      [{ manifests: [{ name: "A", icn: "x" }] }, "manifests[0]: icn is no option"],
      [{ manifests: [{ name: "A" }], icon: "x" }, "icon beside manifests"],
      [{ webSocket: "http://127.0.0.1:1" }, "webSocket must lead to a ws://"],
      [{ webSocket: "ws://h/?a=1" }, "without a query"],
      [{ webSocket: { backend: "ws://h", header: {} } }, "header is no option of webSocket"],
      [{ webSocket: { headers: {} } }, "backend is required"],
    ];
    for (const [options, words] of wrong)
      expect(() => appConnector({ name: "Sales", fetch, ...options } as never), words).toThrow(words);
  });

  it("does not compile with a handler or a manifest of another form", () => {
    // @ts-expect-error: without a name
    expect(() => appConnector({ fetch })).toThrow();
    // @ts-expect-error: no such placement
    expect(() => appConnector({ name: "a", fetch, navigation: { placement: "left" } })).toThrow();
    // @ts-expect-error: a text is no Response
    expect(appConnector({ name: "a", fetch: () => "text" })).toBeDefined();
    const app = {
      name: "a",
      fetch: (request, context) => Response.json([request.method, context.subject]),
    } satisfies AppOptions;
    expectTypeOf(app.fetch).toExtend<AppFetch>();
    expectTypeOf<Parameters<AppFetch>[0]>().toEqualTypeOf<Request>();
  });
});

describe("an app beside tools", () => {
  const tools = toolConnector("tools", [
    defineTool({
      name: "mow",
      description: "Mows",
      input: jsonSchema({ type: "object" }),
      run: () => "mown",
    }),
  ]);
  const both = combineConnectors({
    type: "garden",
    version: "1.0.0",
    connectors: [appConnector({ name: "Garden", fetch }), tools],
    metadata: { timeout_ms: "10000" },
  });

  it("gets the page requests, and they get their calls", async () => {
    expect(both.behaviors).toEqual([ConnectorBehavior.APP, ConnectorBehavior.TOOL]);
    await expect(page(both, { path: "/" })).resolves.toMatchObject({ body: "hi", status: 200 });
    await expect(page(both, { path: 7 })).resolves.toMatchObject({ status: 400 });
    expect(both.execute(asked({ path: "/", parameters: {} }, "mow"), requestContext())).toBe("mown");
    expect(() => both.execute(asked({ hello: 1 }), requestContext())).toThrow(
      "no part of this connector takes",
    );
    expect(() => both.execute(asked(new Error("no JSON")), requestContext())).toThrow("no JSON");
  });
});
