// A relay of two sockets of `ws`, with nothing around it: what comes on the one goes out on the other. It registers nowhere.
import { WebSocket, WebSocketServer } from "ws";
import "./common.mjs";

const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
const listening = new Promise((resolve) => server.once("listening", resolve));
server.on("connection", (page) => {
  const backend = new WebSocket(process.env.BENCH_BACKEND_URL, { perMessageDeflate: false });
  page.pause();
  backend.once("open", () => page.resume());
  page.on("message", (bytes, isBinary) => backend.send(bytes, { binary: isBinary }));
  backend.on("message", (bytes, isBinary) => page.send(bytes, { binary: isBinary }));
  page.on("close", () => backend.close());
  backend.on("error", () => page.terminate());
});
process.on("message", async (command) => {
  if (command !== "relay") return;
  await listening;
  process.send({ relay: `ws://127.0.0.1:${server.address().port}` });
});
