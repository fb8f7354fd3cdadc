/**
 * What stands between a connector and its gateway and looks at what it passes on: connections are told apart by their
 * first bytes, HTTP/2 (gRPC) from HTTP/1.1 (WebSocket).
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { TrackedServer } from "./tracked-server.js";

export type Treatment =
  /** To the gateway. */
  | "pass"
  /** Closed at once. */
  | "close"
  /** Taken, and never answered. */
  | "swallow"
  /** Answered with HTTP 403. */
  | "refuse";

/** What to do with each. */
export interface Treatments {
  gRPC: Treatment;
  WebSocket: Treatment;
}

export interface MiddleboxOptions {
  /** It ends TLS with this certificate, and agrees on HTTP/1.1 only. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export class Middlebox extends TrackedServer {
  readonly treat: Treatments;
  /** Connections that came, by what they spoke. */
  readonly seen = { gRPC: 0, WebSocket: 0 };
  /** Called when a connection has been treated. */
  treated: (spoken: keyof Treatments) => void = () => {};

  private constructor(server: Server, treat: Treatments) {
    super(server);
    this.treat = treat;
  }

  static async to(
    gatewayPort: number,
    treat: Treatments,
    { tls }: MiddleboxOptions = {},
  ): Promise<Middlebox> {
    const server = tls ? createTlsServer({ ...tls, ALPNProtocols: ["http/1.1"] }) : createServer();
    const box = new Middlebox(server, { ...treat });
    server.on(tls ? "secureConnection" : "connection", (client: Socket) => box.#take(client, gatewayPort));
    await box.listen();
    return box;
  }

  #take(client: Socket, gatewayPort: number): void {
    this.track(client);
    client.once("data", (head: Buffer) => {
      const spoken = head.toString("latin1").startsWith("PRI") ? "gRPC" : "WebSocket";
      this.seen[spoken] += 1;
      const treatment = this.treat[spoken];
      if (treatment === "swallow") client.resume();
      else if (treatment === "close") client.destroy();
      else if (treatment === "refuse") client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
      else this.#pass(client, head, gatewayPort);
      this.treated(spoken);
    });
  }

  #pass(client: Socket, head: Buffer, gatewayPort: number): void {
    const gateway = connect(gatewayPort, "127.0.0.1");
    this.track(gateway);
    gateway.write(head);
    client.pipe(gateway);
    gateway.pipe(client);
    client.on("close", () => gateway.destroy());
    gateway.on("close", () => client.destroy());
  }
}
