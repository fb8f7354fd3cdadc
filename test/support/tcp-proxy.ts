/** A small TCP proxy that can go silent: bytes of frozen connections are dropped, new ones are accepted and ignored. */
import { connect, createServer, type Socket } from "node:net";
import { TrackedServer } from "./tracked-server.js";

export class TcpProxy extends TrackedServer {
  #frozen = false;
  /** Bytes of connections that are dead, thrown away. */
  dropped = 0;

  static async to(port: number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on("connection", (client) => proxy.#relay(client, port));
    await proxy.listen();
    return proxy;
  }

  /** From now on nothing passes, and nobody is told. */
  freeze(): void {
    this.#frozen = true;
  }

  /** New connections work again; those that were open in the silence stay dead. */
  thaw(): void {
    this.#frozen = false;
  }

  #relay(client: Socket, port: number): void {
    this.track(client);
    if (this.#frozen) {
      client.resume();
      return;
    }
    const upstream = connect(port, "127.0.0.1");
    this.track(upstream);
    let dead = false;
    const pass = (from: Socket, to: Socket) => {
      from.on("data", (chunk) => {
        dead ||= this.#frozen;
        if (dead) this.dropped += chunk.length;
        else to.write(chunk);
      });
      from.on("close", () => {
        if (!dead) to.destroy();
      });
    };
    pass(client, upstream);
    pass(upstream, client);
  }
}
