/** Serves the gateway's page on loopback. The page and what answers it come with mooring-dev. */
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { WebSocketServer } from "ws";
import { invalidConfig } from "../errors.js";
import type { Given, ServedPage } from "../gateway-page/given.js";
import { startListening } from "../network/listening.js";
import { isLoopbackHost } from "../network/loopback.js";
import { type Call, checkOptions } from "../options/check.js";
import { judged } from "../options/kinds.js";
import { portRow, type Rows, row, textRow } from "../options/rows.js";
import { closeServer, httpServer } from "../serving/http-server.js";
import { toolsFolder } from "../tools.js";
import { apiHandler } from "./api.js";
import { coreOf } from "./embedded-gateway.js";
import type { Gateway } from "./gateway.js";

/** Options of {@link startGatewayPage}. */
export interface GatewayPageOptions {
  /** What `startGateway` has returned. */
  readonly gateway: Gateway;
  /**
   * Port to listen on. 0: any free port.
   * @default 0
   */
  readonly port?: number;
  /**
   * Address of a runtime's inspector, as it was printed: its charts are shown beside the faults.
   * @default none; the page takes one, too
   */
  readonly inspector?: string;
}

/** The gateway's page, served. */
export interface GatewayPage {
  /** With the token that the page needs. */
  readonly url: string;
  /** Shows the charts of another runtime: the address of its inspector, as it was printed. Throws INVALID_CONFIG for none. */
  showInspector(address: string): void;
  /** Stops serving. Resolves when every connection is closed. */
  close(): Promise<void>;
}

/** Of `startGatewayPage`, a row for each option. */
export const gatewayPageCall = {
  name: "startGatewayPage()",
  table: {
    gateway: row(judged, { says: "What `startGateway` has returned.", takes: "gateway", required: true }),
    port: portRow,
    inspector: textRow({
      says: "Address of a runtime's inspector, as it was printed: its charts are shown beside the faults.",
      usually: "none; the page takes one, too",
    }),
  } satisfies Rows<GatewayPageOptions>,
  required: { gateway: "what startGateway has returned" },
} satisfies Call;

/** The bundle's own names. */
interface Bundle {
  gatewayPage(given: Given): ServedPage;
  addressFault(address: string): string | undefined;
}

/** What commands on this machine call; a gateway that listens at all addresses listens here, too. */
function callableUrl({ httpUrl }: Gateway): string {
  const { hostname } = new URL(httpUrl);
  if (isLoopbackHost(hostname)) return httpUrl;
  return httpUrl.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}

/**
 * Serves a page on loopback to approve connectors, try their tools, issue one-time tokens and switch faults, beside
 * the charts of a runtime. Rejects with IO_ERROR when it cannot listen, and with INVALID_CONFIG for an `inspector`
 * that is none, and without mooring-dev, which has the page.
 *
 * @example
 * ```ts
 * import { startGateway, startGatewayPage } from "mooring/gateway";
 *
 * const gateway = await startGateway();
 * const { url } = await startGatewayPage({ gateway });
 * console.log(url);
 * ```
 */
export async function startGatewayPage(options: GatewayPageOptions): Promise<GatewayPage> {
  checkOptions(options, gatewayPageCall);
  const { gateway, port = portRow.default, inspector } = options;
  const core = coreOf(gateway);
  if (!core) throw invalidConfig("gateway must be what startGateway() has returned.");
  const folder = toolsFolder("gateway-page", "The gateway's page");
  const { gatewayPage, addressFault }: Bundle = await import(pathToFileURL(join(folder, "server.js")).href);
  const sockets = new WebSocketServer({
    noServer: true,
    autoPong: false,
    perMessageDeflate: false,
    maxPayload: core.maxMessageBytes,
  });
  const page = gatewayPage({
    gateway,
    acceptWebSocket: (request, socket, head) =>
      new Promise((resolve) => sockets.handleUpgrade(request, socket, head, resolve)),
    api: apiHandler(core, gateway, true),
    oneTimeTokens: () => core.oneTimeTokens.list(),
    apiUrl: callableUrl(gateway),
    wantsToken: core.options.adminToken !== undefined,
    folder,
  });
  const show = (address: string): void => {
    const fault = addressFault(address);
    if (fault !== undefined) throw invalidConfig(fault);
    page.showInspector(address);
  };
  if (inspector !== undefined) show(inspector);
  const server = httpServer(page.answer);
  server.on("upgrade", page.upgrade);
  await startListening(server, { host: "127.0.0.1", port, setting: "port (--page-port)" });
  return {
    url: page.listensAt((server.address() as AddressInfo).port),
    showInspector: show,
    close() {
      page.close();
      for (const one of sockets.clients) one.terminate();
      return closeServer(server);
    },
  };
}
