/**
 * Has the user's files loaded anew. Node keeps every module that it has loaded, by its address: from `loadAnew` on, files
 * outside of packages have addresses of their own, so that they and what they import are read and run again. What was
 * loaded before stays in memory for as long as the process lives.
 */
import * as nodeModule from "node:module";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Mooring's own files: programs shall meet the same Mooring again. */
const ours = new URL(".", import.meta.url).href;

/** What has been loaded how often; shared with the thread of Node's hooks. */
const generation = new Int32Array(new SharedArrayBuffer(4));

interface Resolved {
  readonly url: string;
}

/**
 * What a user's module imports is of the module's own load, however late. Its text goes to the thread of Node's hooks,
 * so it knows nothing but its arguments.
 */
function markedUrl(url: string, importer: string | undefined, newest: number, own: string): string {
  const isTheirs = (one: string) =>
    one.startsWith("file:") && !one.includes("/node_modules/") && !one.startsWith(own);
  const count =
    importer !== undefined && isTheirs(importer)
      ? Number(/[?&]reload=(\d+)/.exec(importer)?.[1] ?? 0)
      : newest;
  return count > 0 && isTheirs(url) ? `${url}${url.includes("?") ? "&" : "?"}reload=${count}` : url;
}

/** For Node before 22.15, where hooks have a thread of their own. */
const hooksInThread = () => `
  const markedUrl = ${markedUrl};
  let generation, own;
  export const initialize = (data) => { generation = data.generation; own = data.own; };
  export const resolve = async (specifier, context, next) => {
    const found = await next(specifier, context);
    return { ...found, url: markedUrl(found.url, context.parentURL, Atomics.load(generation, 0), own) };
  };`;

/** Newer than the types of Node here. */
type RegisterHooks = (hooks: {
  resolve(
    specifier: string,
    context: { readonly conditions: readonly string[]; readonly parentURL?: string },
    next: (specifier: string, context: object) => Resolved,
  ): Resolved;
}) => void;

function hook(): void {
  const registerHooks: unknown = Reflect.get(nodeModule, "registerHooks");
  if (typeof registerHooks !== "function") {
    nodeModule.register(`data:text/javascript,${encodeURIComponent(hooksInThread())}`, {
      data: { generation, own: ours },
    });
    return;
  }
  (registerHooks as RegisterHooks)({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context);
      // What is required has a cache of its own, by the path.
      if (context.conditions.includes("require")) return found;
      const newest = Atomics.load(generation, 0);
      return { ...found, url: markedUrl(found.url, context.parentURL, newest, ours) };
    },
  });
}

/** What was required, TypeScript included, is forgotten; packages stay. */
function forgetRequired(): void {
  const own = fileURLToPath(ours);
  const { cache } = nodeModule.createRequire(import.meta.url);
  for (const path of Object.keys(cache))
    if (!path.includes(`${sep}node_modules${sep}`) && !path.startsWith(own)) delete cache[path];
}

/** The next import of a user's module loads it and its files from the disk again. */
export function loadAnew(): void {
  if (Atomics.add(generation, 0, 1) === 0) hook();
  forgetRequired();
}
