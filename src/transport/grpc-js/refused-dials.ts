/**
 * The codes of TCP connections that cannot be made (`ECONNREFUSED` and the like). grpc-js dials by itself and tells
 * them as text only; Node announces every socket, and a socket's error has its code and the port it was for.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type EventEmitter, errorMonitor } from "node:events";

const announced = "net.client.socket";

/** Tells of sockets made from now on that cannot connect to `port`, until the returned function is called. */
export function watchRefusals(port: number, refused: (error: Error) => void): () => void {
  const seen = (announcement: unknown) => {
    const { socket } = announcement as { readonly socket: EventEmitter };
    // Only looks on: whether the error is handled stays the business of the socket's owner.
    socket.once(errorMonitor, (error: Error & { readonly syscall?: string; readonly port?: number }) => {
      if (error.syscall === "connect" && error.port === port) refused(error);
    });
  };
  subscribe(announced, seen);
  return () => unsubscribe(announced, seen);
}
