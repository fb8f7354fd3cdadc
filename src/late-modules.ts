/**
 * Modules of Node that take long to load, loaded when they are first used. An `import` of them would cost more than they do
 * themselves: it reads whatever they export, and with `node:http` on Node 24 that loads the client behind `fetch`.
 */

export const nodeHttp = (): typeof import("node:http") => process.getBuiltinModule("node:http");
export const nodeHttps = (): typeof import("node:https") => process.getBuiltinModule("node:https");
export const nodeTls = (): typeof import("node:tls") => process.getBuiltinModule("node:tls");
