/** Where a running runtime can be asked, and how: HTTP with JSON over a local socket. */
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** The folder of control sockets of this user; created with mode 0700. */
export function controlDirectory(): string {
  const runtimeDirectory = process.env.XDG_RUNTIME_DIR?.trim();
  return runtimeDirectory
    ? join(runtimeDirectory, "mooring")
    : join(tmpdir(), `mooring-${userInfo().username}`);
}

/** The control socket of a process. On Windows a named pipe. */
export function controlSocket(pid: number): string {
  return process.platform === "win32"
    ? `\\\\.\\pipe\\mooring-${pid}`
    : join(controlDirectory(), `${pid}.sock`);
}
