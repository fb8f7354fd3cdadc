/** A small TCP proxy that can go silent: bytes of frozen connections are dropped, new ones are accepted and ignored. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #frozen = false;
  /** Bytes of connections that are dead, thrown away. */
  dropped = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on("connection", (client) => proxy.#relay(client, port));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing passes, and nobody is told. */
  freeze(): void {
    this.#frozen = true;
  }

  /** New connections work again; those that were open in the silence stay dead. */
  thaw(): void {
    this.#frozen = false;
  }

  /** Destroys every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #relay(client: Socket, port: number): void {
    this.#track(client);
    if (this.#frozen) {
      client.resume();
      return;
    }
    const upstream = connect(port, "127.0.0.1");
    this.#track(upstream);
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
