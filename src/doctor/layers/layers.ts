/** The layers of one connection, one after the other, until one does not open. */
import type { Endpoint } from "../../protocol/endpoint.js";
import { asStep, type Finding, type Step } from "../finding.js";
import { checkDns } from "./dns.js";
import { checkGrpc } from "./grpc.js";
import { checkProxy } from "./proxy.js";
import { gatewayFindings, type Road } from "./road.js";
import { checkTcp } from "./tcp.js";
import { checkTls } from "./tls.js";
import { checkWebSocket } from "./web-socket.js";

const { skip } = gatewayFindings;

/** Without these nothing answers at an address. */
const carrying = { dns: "an address", proxy: "the proxy on the way", tcp: "TCP", tls: "TLS" } as const;

const isCarrying = (step: Step | undefined): step is keyof typeof carrying =>
  step !== undefined && Object.hasOwn(carrying, step);

export const failed = (findings: readonly Finding[]): Finding | undefined =>
  findings.find(({ level }) => level === "fail");

/** What it would take to ask anything at the address, when what carries it does not open. */
export function missingLayer(
  findings: readonly Finding[],
  { host, authority }: Endpoint,
): string | undefined {
  const step = findings.find((one) => one.level === "fail" && isCarrying(one.step))?.step;
  if (!isCarrying(step)) return undefined;
  return step === "dns" ? `an address of ${host}` : `${carrying[step]} to ${authority}`;
}

const protocolStep = ({ transport }: Endpoint): Step => (transport === "gRPC" ? "grpc" : "upgrade");

/** What can be dialled, or what stands in the way. `address`: through a proxy there is none. */
async function reached(
  road: Road,
): Promise<{ readonly findings: readonly Finding[]; readonly address?: string }> {
  const names = await checkDns(road);
  if (failed(names.findings)) return names;
  const proxy = await checkProxy(road);
  if (proxy) return { findings: [...names.findings, proxy] };
  const { finding, address } = await checkTcp(road, names.addresses);
  return { findings: [...names.findings, finding], ...(address === undefined ? {} : { address }) };
}

/** What connectors speak over the connection. */
const checkProtocol = async (road: Road): Promise<readonly Finding[]> =>
  road.endpoint.transport === "gRPC" ? [await checkGrpc(road)] : checkWebSocket(road);

export async function checkLayers(road: Road): Promise<readonly Finding[]> {
  const { endpoint } = road;
  const { transport, tls } = endpoint;
  const skipped = (what: string, needs: string) => asStep(skip(what, needs), protocolStep(endpoint));
  const { findings, address } = await reached(road);
  const names = tls ? `TLS and ${transport}` : transport;
  const missing = missingLayer(findings, endpoint);
  if (missing !== undefined) return [...findings, skipped(names, missing)];
  const there = address === undefined ? road : { ...road, address };
  const secure = tls ? await checkTls(there) : [];
  const fault = failed(secure);
  if (fault) return [...findings, ...secure, skipped(transport, fault.step === "alpn" ? "ALPN" : "TLS")];
  return [...findings, ...secure, ...(await checkProtocol(there))];
}
