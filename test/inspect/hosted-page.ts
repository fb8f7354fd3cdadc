/** A page in the place of Stately's hosted inspector: it receives by the receiver of their own package. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { onTestFinished } from "vitest";

const entry = `
  import { createBrowserReceiver } from "@statelyai/inspect";
  window.received_ = [];
  createBrowserReceiver().subscribe((message) => window.received_.push(message));
`;

async function script(): Promise<string> {
  const made = await rolldown({
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    input: "receiving-page",
    platform: "browser",
    plugins: [
      {
        name: "receiving-page",
        resolveId: (id) => (id === "receiving-page" ? id : null),
        load: (id) => (id === "receiving-page" ? entry : null),
      },
    ],
  });
  const { output } = await made.generate({ format: "esm" });
  await made.close();
  return output[0].code;
}

let code: Promise<string> | undefined;

/** The port at which it is served on loopback. */
export async function serveHostedPage(): Promise<number> {
  code ??= script();
  const receiving = await code;
  const server = createServer(({ url }, response) => {
    const isScript = url === "/receive.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? receiving : '<!doctype html><script type="module" src="/receive.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
