// A TCP proxy that does to connections what networks do: swallows, cuts, corrupts, stalls, throttles. Says nothing to
// either side about it.
import { connect, createServer } from "node:net";
import { FrameTracker } from "./frames.mjs";
import { WebSocketTracker } from "./web-socket-frames.mjs";

const throttleTickMs = 10;
/** How long the other side of a dead connection holds on, as a host does that is gone. */
const ghostMs = 10_000;

/** One direction of a connection. */
class Pipe {
  #from;
  #to;
  #frames;
  #swallowing = false;
  #pauses = 0;
  #throttled;
  /** What becomes of the next chunk. */
  #next;

  constructor(from, to, frames) {
    this.#from = from;
    this.#to = to;
    this.#frames = frames;
    from.on("data", (chunk) => this.#take(chunk));
    from.on("end", () => !this.#swallowing && this.#to.end());
  }

  get newestStream() {
    return this.#frames?.newestStream ?? 0;
  }

  /** From now on nothing passes, the end of the connection neither. */
  swallow() {
    this.#swallowing = true;
  }

  get swallowing() {
    return this.#swallowing;
  }

  /** Nothing passes for a while; then everything does. */
  stall(ms) {
    this.#pause();
    setTimeout(() => this.#resume(), ms).unref();
  }

  /** So many bytes each 10 ms, for a while; 1 byte makes a chunk of each. */
  throttle(bytesPerTick, ms) {
    if (this.#throttled) return;
    this.#throttled = [];
    const timer = setInterval(() => this.#drip(bytesPerTick), throttleTickMs);
    setTimeout(() => {
      clearInterval(timer);
      const rest = Buffer.concat(this.#throttled);
      this.#throttled = undefined;
      if (rest.length > 0) this.#write(rest);
    }, ms);
  }

  /** Flips a bit of the next chunk. For connections with TLS, where that is always found. */
  flipNext(random) {
    this.#next = (chunk) => {
      const flipped = Buffer.from(chunk);
      flipped[Math.floor(random() * flipped.length)] ^= 1 << Math.floor(random() * 8);
      this.#write(flipped);
    };
  }

  /** Passes a part of the next chunk, then destroys both sides. */
  cutInNext(random) {
    this.#next = (chunk) => {
      this.#write(chunk.subarray(0, Math.floor(random() * chunk.length)));
      this.#to.resetAndDestroy();
      this.#from.destroy();
    };
  }

  /** Passes a part of the next chunk, and nothing after it. */
  swallowInNext(random) {
    this.#next = (chunk) => {
      this.#write(chunk.subarray(0, Math.floor(random() * chunk.length)));
      this.swallow();
    };
  }

  /** Puts bytes between two frames of the next chunk that has a boundary. `make` is called right then. */
  inject(make) {
    this.#next = (chunk, boundary) => {
      if (boundary < 0) {
        this.inject(make);
        return this.#write(chunk);
      }
      this.#write(Buffer.concat([chunk.subarray(0, boundary), make(), chunk.subarray(boundary)]));
    };
  }

  #take(chunk) {
    if (this.#swallowing) return;
    const boundary = this.#frames?.boundaryIn(chunk) ?? -1;
    const next = this.#next;
    this.#next = undefined;
    if (next) return next(chunk, boundary);
    this.#write(chunk);
  }

  #write(bytes) {
    if (this.#throttled) {
      this.#throttled.push(bytes);
      return;
    }
    if (this.#to.write(bytes) || this.#to.destroyed) return;
    this.#pause();
    this.#to.once("drain", () => this.#resume());
  }

  #drip(count) {
    const waiting = Buffer.concat(this.#throttled);
    if (waiting.length === 0) return;
    this.#to.write(waiting.subarray(0, count));
    this.#throttled = [waiting.subarray(count)];
  }

  #pause() {
    this.#pauses += 1;
    this.#from.pause();
  }

  #resume() {
    this.#pauses -= 1;
    if (this.#pauses === 0) this.#from.resume();
  }
}

/** Who knows where frames begin; nothing for what is encrypted. */
const trackers = {
  http2: (fromClient) => new FrameTracker({ fromClient }),
  websocket: () => new WebSocketTracker(),
  nothing: () => undefined,
};

export class Link {
  #client;
  #server;

  constructor(client, server, reads) {
    this.#client = client;
    this.#server = server;
    this.toServer = new Pipe(client, server, trackers[reads](true));
    this.toClient = new Pipe(server, client, trackers[reads](false));
  }

  cut() {
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  end() {
    this.#client.end();
    this.#server.end();
  }

  /** Both directions: the connection looks open and carries nothing. */
  swallow() {
    this.toServer.swallow();
    this.toClient.swallow();
  }

  get swallowing() {
    return this.toServer.swallowing || this.toClient.swallowing;
  }
}

export class FaultProxy {
  #server = createServer({ allowHalfOpen: true });
  #links = new Set();
  #sockets = new Set();
  #refuses = false;
  #reads;
  accepted = 0;

  /** `reads`: whose frames it knows: `http2`, `websocket` or `nothing`. */
  constructor({ reads }) {
    this.#reads = reads;
  }

  async listen(targetPort) {
    this.#server.on("connection", (client) => this.#relay(client, targetPort));
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this.#server.address().port;
  }

  /** Connections that carry something. */
  get links() {
    return [...this.#links].filter((link) => !link.swallowing);
  }

  /** New connections are accepted and then hear nothing, for a while. */
  ignoreNew(ms) {
    this.#refuses = true;
    setTimeout(() => {
      this.#refuses = false;
    }, ms);
  }

  close() {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #track(socket) {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #relay(client, port) {
    this.accepted += 1;
    this.#track(client);
    if (this.#refuses) return client.resume();
    const server = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.#track(server);
    const link = new Link(client, server, this.#reads);
    this.#links.add(link);
    const over = (other) => () => {
      this.#links.delete(link);
      if (!link.swallowing) return other.destroy();
      setTimeout(() => other.destroy(), ghostMs).unref();
    };
    client.on("close", over(server));
    server.on("close", over(client));
  }
}
