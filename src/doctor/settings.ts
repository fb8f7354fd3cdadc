/** Checks the environment's variables one by one, without asking anybody. Secrets are judged and never shown. */
import { X509Certificate } from "node:crypto";
import { isSafeStream, isSafeTarget, parseHttpUrl } from "../credentials/callback-base.js";
import { chartModes } from "../environment/chart-mode.js";
import { type Environment, given } from "../environment/environment.js";
import { readMilliseconds } from "../environment/milliseconds.js";
import { readSwitch } from "../environment/switch.js";
import { codeOf, MooringError } from "../errors.js";
import { readTextFileSync } from "../files/read-file.js";
import { noProxyVariables, proxyVariables } from "../network/proxy/choose.js";
import { maxTimerMs } from "../protocol/defaults.js";
import { addressForm, addressOf, dialledAddress, type Endpoint, parseDialled } from "../protocol/endpoint.js";
import { sanitizeIdentifier } from "../protocol/identity.js";
import { checkAuthToken } from "./auth-token.js";
import { type Finding, findingsOf } from "./finding.js";

const { ok, warn, fail } = findingsOf("settings");

/** Beside the option `credentials.allowInsecureGrpc`. */
const allowInsecureGrpc = "MOORING_ALLOW_INSECURE_GRPC";

const names = [
  "STRIKE48_URL",
  "MATRIX_HOST",
  "STRIKE48_HOST",
  "TENANT_ID",
  "INSTANCE_ID",
  "CONNECTOR_DISPLAY_NAME",
  "CONNECTOR_TAGS",
  "HOME",
  "AUTH_TOKEN",
  "STRIKE48_API_URL",
  "STRIKE48_KEYS_DIR",
  "STRIKE48_PRIVATE_KEY_PATH",
  "STRIKE48_CLIENT_ID",
  "STRIKE48_AUTH_URL",
  "STRIKE48_REGISTRATION_TOKEN",
  "STRIKE48_REGISTRATION_TOKEN_FILE",
  "MOORING_ALLOW_INSECURE_GRPC",
  "MOORING_TRANSPORT",
  "MOORING_CHARTS",
  "STRIKE48_METRICS_ENABLED",
  "STRIKE48_METRICS_INTERVAL_MS",
  "MATRIX_TLS_CA_CERT",
  "MATRIX_TLS_INSECURE",
  ...proxyVariables,
  ...noProxyVariables,
] as const;

function blanks(env: Environment): Finding[] {
  return names
    .filter((name) => env[name] !== undefined && given(env[name]) === undefined)
    .map((name) =>
      warn(`${name} is set but blank, and counts as unset`, `unset ${name}, or give it a value`),
    );
}

/** The address that connectors dial; undefined, with a finding, when it cannot be dialled. */
export function dialled(
  url: string | undefined,
  env: Environment,
): { readonly endpoint: Endpoint | undefined; readonly finding: Finding } {
  const { field: source, text } = dialledAddress({ field: "--url", text: url }, env);
  try {
    const endpoint = parseDialled(text, source);
    const how = endpoint.tls ? "TLS" : "no TLS";
    const byTls = addressOf({ ...endpoint, tls: true });
    if (!isSafeStream(endpoint, false)) {
      const where = `the gateway is ${endpoint.authority}, ${endpoint.transport}, no TLS and not on loopback (${source})`;
      if (switchIn(env, allowInsecureGrpc) === true) {
        const what = `${where}: tokens go there in clear, because ${allowInsecureGrpc} is set`;
        return { endpoint, finding: warn(what, `write ${byTls} if it takes TLS`) };
      }
      const what = `${where}: no token is sent there`;
      const fix = `write ${byTls}, or set credentials.allowInsecureGrpc (${allowInsecureGrpc}=true) where the network is trusted`;
      return { endpoint, finding: warn(what, fix) };
    }
    const what = `the gateway is ${endpoint.authority}, ${endpoint.transport}, ${how} (${source})`;
    return { endpoint, finding: ok(what) };
  } catch (error) {
    if (!(error instanceof MooringError)) throw error;
    // Its last sentence says what to write instead.
    const [what = error.message, instead = addressForm] = error.message.replace(/\.$/, "").split(". Write ");
    return { endpoint: undefined, finding: fail(what, `write ${instead}`) };
  }
}

function httpUrls(env: Environment): Finding[] {
  return (["STRIKE48_API_URL", "STRIKE48_AUTH_URL"] as const).flatMap((name) => {
    const text = given(env[name]);
    if (text === undefined) return [];
    const url = parseHttpUrl(text);
    if (!url) return [fail(`${name} is no HTTP(S) URL`, 'write it as "https://studio.example.com"')];
    if (!isSafeTarget(url, false))
      return [fail(`${name} is plain http and not on loopback`, "use https: secrets are sent there")];
    return [ok(`${name} is ${url.origin}`)];
  });
}

function identities(env: Environment): Finding[] {
  return (["TENANT_ID", "INSTANCE_ID"] as const).flatMap((name) => {
    const text = given(env[name]);
    if (text === undefined || text === sanitizeIdentifier(text)) return [];
    return [warn(`${name} holds . : or white space, which become -`, `set ${name} to what it becomes`)];
  });
}

/** `neither`: it is set to something else than the words for on and off. */
export function switchIn(env: Environment, name: string): boolean | undefined | "neither" {
  try {
    return readSwitch(name, env);
  } catch {
    return "neither";
  }
}

function switches(env: Environment): Finding[] {
  const insecure =
    switchIn(env, "MATRIX_TLS_INSECURE") === true
      ? [warn("MATRIX_TLS_INSECURE: certificates are not checked", "unset it outside development")]
      : [];
  const wrong = ["MATRIX_TLS_INSECURE", "STRIKE48_METRICS_ENABLED", allowInsecureGrpc]
    .filter((name) => switchIn(env, name) === "neither")
    .map((name) => fail(`${name} is neither true nor false`, "write true or 1, false or 0, or unset it"));
  return [...insecure, ...wrong];
}

function certificateAuthority(env: Environment): Finding[] {
  const path = given(env.MATRIX_TLS_CA_CERT);
  if (path === undefined) return [];
  try {
    new X509Certificate(readTextFileSync(path));
    return [ok(`MATRIX_TLS_CA_CERT is a certificate: ${path}`)];
  } catch (error) {
    const what = `MATRIX_TLS_CA_CERT cannot be read as a certificate: ${path} (${codeOf(error)})`;
    return [fail(what, "point it to a PEM file that this user may read")];
  }
}

/** Nobody looks at it when the reports are off. */
function interval(env: Environment): Finding[] {
  if (switchIn(env, "STRIKE48_METRICS_ENABLED") === false) return [];
  try {
    readMilliseconds("STRIKE48_METRICS_INTERVAL_MS", env);
    return [];
  } catch {
    const what = `STRIKE48_METRICS_INTERVAL_MS is no whole number from 0 to ${maxTimerMs}`;
    return [fail(what, "set it to milliseconds, such as 30000")];
  }
}

function charts(env: Environment): Finding[] {
  const asked = given(env.MOORING_CHARTS);
  if (asked === undefined || chartModes.some((mode) => mode === asked)) return [];
  return [
    fail("MOORING_CHARTS names no way to step charts", `set it to ${chartModes.join(" or ")}, or unset it`),
  ];
}

export function checkSettings(env: Environment, now: number): Finding[] {
  return [
    ...blanks(env),
    ...httpUrls(env),
    ...identities(env),
    ...checkAuthToken(env, now),
    ...switches(env),
    ...certificateAuthority(env),
    ...interval(env),
    ...charts(env),
  ];
}
