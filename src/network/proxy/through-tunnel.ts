/** For clients of HTTP/1 that take a socket which comes later: Node's `createConnection` with its callback. */
import type { createConnection, Socket } from "node:net";

type Created = (error: Error | null, socket?: Socket) => void;

/** `open` is called at each connection. The type is that of Node's own function, which says nothing of the callback. */
export function throughTunnel(open: () => Promise<Socket>): typeof createConnection {
  const create = (_options: unknown, created: Created): undefined => {
    open().then(
      (socket) => {
        created(null, socket);
        // It was paused, and its client listens from the end of this turn on.
        setImmediate(() => socket.resume());
      },
      (error: Error) => created(error),
    );
  };
  return create as never;
}
