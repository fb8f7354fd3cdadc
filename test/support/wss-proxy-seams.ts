/**
 * Where the run with `TEST_TRANSPORT=wss-proxy` gives gateways TLS and runtimes the proxy: a transformation of two
 * modules as the tests load them. A seam that no longer fits its module is an error.
 */
import type { Plugin } from "vitest/config";

/** `[module, text in it, what stands there instead]`. */
const seams: readonly (readonly [string, string, string])[] = [
  [
    "src/gateway/embedded-gateway.ts",
    "  checkGatewayOptions(options);",
    "  options = withPrivateTls(options); checkGatewayOptions(options);",
  ],
  ["src/gateway/embedded-gateway.ts", "    return gateway;", "    return watched(gateway);"],
  [
    "src/create-runtime.ts",
    "  const settings = resolveSettings(options);",
    "  options = throughProxy(options); const settings = resolveSettings(options);",
  ],
];

export const wssProxySeams = (support: string): Plugin => ({
  name: "wss-proxy-seams",
  enforce: "pre",
  transform(code, id) {
    const own = seams.filter(([module]) => id.endsWith(`/${module}`));
    if (own.length === 0) return null;
    const names = "{ throughProxy, watched, withPrivateTls }";
    let changed = `import ${names} from ${JSON.stringify(support)};\n${code}`;
    for (const [module, text, instead] of own) {
      if (!code.includes(text))
        throw new Error(`The run behind a proxy has lost its seam in ${module}: ${text}`);
      changed = changed.replace(text, () => instead);
    }
    return changed;
  },
});
