/**
 * The codes of TCP connections that cannot be made (`ECONNREFUSED` and the like). grpc-js dials by itself and tells
 * them as text only; Node announces every socket, and a socket's error has its code and the port it was for.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type EventEmitter, errorMonitor } from "node:events";

const announced = "net.client.socket";

type Watcher = (error: Error) => void;
type ConnectError = Error & { readonly syscall?: string; readonly port?: number };

/** Who dials now, by port. One for the process, so that many dials at once put one listener on each socket. */
const watchers = new Map<number, Set<Watcher>>();

function tell(error: ConnectError): void {
  if (error.syscall !== "connect" || error.port === undefined) return;
  for (const refused of [...(watchers.get(error.port) ?? [])]) refused(error);
}

function seen(announcement: unknown): void {
  const { socket } = announcement as { readonly socket: EventEmitter };
  // Only looks on: whether the error is handled stays the business of the socket's owner.
  socket.once(errorMonitor, tell);
}

/** Tells of sockets made from now on that cannot connect to `port`, until the returned function is called. */
export function watchRefusals(port: number, refused: Watcher): () => void {
  if (watchers.size === 0) subscribe(announced, seen);
  const those = watchers.get(port) ?? new Set();
  watchers.set(port, those.add(refused));
  return () => {
    if (!those.delete(refused) || those.size > 0) return;
    watchers.delete(port);
    if (watchers.size === 0) unsubscribe(announced, seen);
  };
}
