/**
 * Which proxy the way to a target leads through (docs/protocol.md, "Choosing a proxy"): the option, else the
 * environment. Asked at each dial, so that a new password counts at the next one.
 */
import { type Environment, given } from "../../environment/environment.js";
import { invalidConfig, MooringError } from "../../errors.js";
import { named } from "../../options/kinds.js";
import { isDirect } from "./no-proxy.js";
import { type HttpProxy, parseProxy } from "./proxy-url.js";

/** What is to be reached. */
export interface ProxyTarget {
  /** Without brackets. */
  readonly host: string;
  /** From 1 to 65,535. */
  readonly port: number;
  /** Whether by TLS; of HTTP calls always true, because for both kinds the variables count that are for TLS. */
  readonly tls: boolean;
}

/**
 * The option `proxy`: an address, `false` for none whatever the environment says, or a function that is asked at each
 * dial and returns either.
 */
export type ProxyOption =
  | string
  | false
  /** Asked at each dial. */
  | ((target: ProxyTarget) => string | false);

/** The operator's own word, which wins over the variables that other programs read, too. */
const explicit = "STUDIO_PROXY";

const forTls = ["HTTPS_PROXY", "https_proxy"] as const;
const forAll = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] as const;

/** In their order. */
export const proxyVariables = [explicit, ...forTls, ...forAll] as const;

/** Whose hosts are reached directly. */
export const noProxyVariables = ["NO_PROXY", "no_proxy"] as const;

export interface ChosenProxy {
  /** Undefined: directly. */
  readonly proxy: HttpProxy | undefined;
  /** What chose: `proxy`, the name of a variable, or null when nothing is set. */
  readonly by: string | null;
  /** A variable that cannot be used, in words. */
  readonly warning?: string;
}

const direct = (by: string | null): ChosenProxy => ({ proxy: undefined, by });

function fromEnvironment(target: ProxyTarget, env: Environment): ChosenProxy {
  const noProxy = noProxyVariables.find((name) => given(env[name]) !== undefined);
  if (noProxy !== undefined && isDirect(env[noProxy] ?? "", target)) return direct(noProxy);
  const operator = given(env[explicit]);
  if (operator !== undefined) return { proxy: parseProxy(operator, explicit), by: explicit };
  const names = target.tls ? [...forTls, ...forAll] : forAll;
  const name = names.find((one) => given(env[one]) !== undefined);
  if (name === undefined) return direct(null);
  try {
    return { proxy: parseProxy(env[name] ?? "", name), by: name };
  } catch (error) {
    // Variables that other programs read may be meant for those: a kind that is not known here is no reason to fail.
    const words = error instanceof MooringError ? error.message : `${name} cannot be used.`;
    return { proxy: undefined, by: name, warning: `${words} The connection is made directly.` };
  }
}

/** A user's own code may return anything, and throw what holds a password. */
function asked(option: (target: ProxyTarget) => string | false, target: ProxyTarget): string | false {
  let answer: unknown;
  try {
    answer = option({ ...target });
  } catch {
    throw invalidConfig(
      "The function proxy has thrown an error: let it return an address, or false for none.",
    );
  }
  if (typeof answer === "string" || answer === false) return answer;
  throw invalidConfig(`The function proxy must return a text or false at once; got ${named(answer)}.`);
}

/** Throws INVALID_CONFIG for an option, and for `STUDIO_PROXY`, that is no address of a proxy. */
export function chooseProxy(
  option: ProxyOption | undefined,
  target: ProxyTarget,
  env: Environment,
): ChosenProxy {
  if (option === undefined) return fromEnvironment(target, env);
  const address = typeof option === "function" ? asked(option, target) : option;
  return address === false ? direct("proxy") : { proxy: parseProxy(address, "proxy"), by: "proxy" };
}
