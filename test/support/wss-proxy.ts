/**
 * The run with `TEST_TRANSPORT=wss-proxy`: gateways of tests serve TLS with a certificate of a private authority, and
 * runtimes reach them through an HTTP CONNECT proxy that wants a password. What a test says itself stays.
 * `wss-proxy-seams.ts` puts these functions into the sources; each test file has a proxy of its own.
 */
import type { RuntimeOptions } from "mooring";
import type { Gateway, GatewayOptions } from "mooring/gateway";
import { startTestProxy, type TestProxy } from "../../src/testing/connect-proxy.js";
import { authority } from "./certificates.js";

const testAuthority = await authority("CN=Authority of the run behind a proxy");
export const certificate = await testAuthority.issue("127.0.0.1", "localhost", "::1");

/** Seen in a log, a status or an error, it fails the test. */
const password = "planted-secret-proxy";

let proxy: TestProxy | undefined;
let gateways: Gateway[] = [];

/** The proxy of this test file. */
export function fileProxy(): TestProxy {
  if (!proxy) throw new Error("The proxy of the run is started by wss-proxy-setup.ts.");
  return proxy;
}

export async function startFileProxy(): Promise<void> {
  gateways = [];
  proxy = await startTestProxy({ user: "connector", password });
}

/** Throws when a gateway of the file has had more connections than the proxy was asked for. */
export async function endFileProxy(): Promise<void> {
  const { asked } = fileProxy();
  await proxy?.close();
  const came = gateways.reduce((sum, gateway) => sum + gateway.stats().connectionsAccepted, 0);
  if (came > asked.length)
    throw new Error(`${came} connections came to the gateways, and the proxy was asked for ${asked.length}.`);
}

/** A gateway's options: with the private authority's certificate, unless the test has one. */
export const withPrivateTls = (options: GatewayOptions): GatewayOptions => ({ tls: certificate, ...options });

export function watched<G extends Gateway>(gateway: G): G {
  gateways.push(gateway);
  return gateway;
}

/** A runtime's options: where its address is one of TLS, it trusts the authority and dials through the proxy. */
export const throughProxy = (options: RuntimeOptions): RuntimeOptions =>
  /^(?:wss|grpcs):/.test(options.url ?? "")
    ? { tls: { ca: testAuthority.ca }, proxy: fileProxy().url, ...options }
    : options;
