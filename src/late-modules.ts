/**
 * Modules of Node that take long to load, loaded when they are first used. An `import` of them would cost more than they do
 * themselves: it reads whatever they export, and on Node 24 that loads more: with `node:http` the client behind `fetch`, with `node:util` the differ of `node:assert`.
 */

export const nodeHttp = (): typeof import("node:http") => process.getBuiltinModule("node:http");
export const nodeHttps = (): typeof import("node:https") => process.getBuiltinModule("node:https");
export const nodeTls = (): typeof import("node:tls") => process.getBuiltinModule("node:tls");
export const nodeUtil = (): typeof import("node:util") => process.getBuiltinModule("node:util");
export const nodeWorkerThreads = (): typeof import("node:worker_threads") =>
  process.getBuiltinModule("node:worker_threads");
