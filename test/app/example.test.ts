/** The example app does what it says. */
import { startTestBench } from "mooring/testing";
import { expect, it } from "vitest";
import clock from "../../examples/app.js";

it("[C14 #67] [C16 #77] examples/app.ts has a page, an API and a WebSocket", async () => {
  const bench = await startTestBench({
    registrations: [{ tenantId: "acme", instanceId: "1", connector: clock }],
  });
  try {
    const key = "acme.app-clock.1";
    const get = async (path: string) => (await bench.gateway.execute(key, { payload: { path } })).json();
    expect(await get("/")).toMatchObject({ status: 200, body: expect.stringContaining("<h1>Clock</h1>") });
    expect(await get("/now")).toMatchObject({ status: 200, content_type: "application/json" });
    expect(await get("/none")).toMatchObject({ status: 404 });
    await expect(bench.gateway.openWebSocket(key)).rejects.toThrow("no such WebSocket");
    const socket = await bench.gateway.openWebSocket(key, { path: "/echo" });
    socket.send({ type: "text", text: "hi" });
    expect((await socket.frames.next()).value).toEqual({ type: "text", text: "hi" });
  } finally {
    await bench.close();
  }
});
