/** Where the chosen address does not work: whether the other transport, or TLS where there is none, does at the same host. Never goes from TLS to none. */
import { type Environment, given } from "../environment/environment.js";
import { isCertificateCode } from "../network/tls-failure.js";
import { addressOf, type Endpoint, parseEndpoint } from "../protocol/endpoint.js";
import { asStep, type Finding } from "./finding.js";
import { checkLayers, failed } from "./layers/layers.js";
import { gatewayFindings, type Road } from "./layers/road.js";

const { warn, fail } = gatewayFindings;

/** What a scheme dials where the address has no port, as people write it. */
function written(endpoint: Endpoint): string {
  const short = addressOf({ ...endpoint, authority: endpoint.authority.replace(/:\d+$/, "") });
  return parseEndpoint(short).port === endpoint.port ? short : addressOf(endpoint);
}

/** What may work instead: with TLS first, at the same port, and at the usual port of the other transport. */
export function othersOf(endpoint: Endpoint): readonly Endpoint[] {
  const transport = endpoint.transport === "gRPC" ? "WebSocket" : "gRPC";
  const host = endpoint.authority.replace(/:\d+$/, "");
  const usual = (tls: boolean) => parseEndpoint(addressOf({ transport, tls, authority: host }));
  const samePort: Endpoint = { ...endpoint, transport };
  const found = endpoint.tls
    ? [samePort, usual(true)]
    : [{ ...endpoint, tls: true }, usual(true), samePort, usual(false)];
  return found.filter(
    (one, place) => found.findIndex((other) => addressOf(other) === addressOf(one)) === place,
  );
}

/** Of what stops every transport alike, each was told already. */
function mayHelp({ step, code = "" }: Finding): boolean {
  if (step === "dns" || step === "api") return false;
  if (step === "proxy") return code === "PROXY_CONNECT_FAILED";
  return !isCertificateCode(code);
}

const isReached = ({ step }: Finding): boolean => step !== "tcp" && step !== "proxy";

interface Tried {
  readonly endpoint: Endpoint;
  readonly code: string | undefined;
}

async function tried(road: Road, endpoint: Endpoint): Promise<Tried> {
  const { address: _, ...rest } = road;
  const fault = failed(await checkLayers({ ...rest, endpoint }));
  return { endpoint, code: fault && (fault.code ?? "UNKNOWN") };
}

/** A variable that asks for the transport which does not work must go, too. */
const unset = (env: Environment): string =>
  given(env.MOORING_TRANSPORT) === undefined ? "" : ", and unset MOORING_TRANSPORT";

function told(road: Road, all: readonly Tried[], fault: Finding, env: Environment): readonly Finding[] {
  const { endpoint } = road;
  const works = all.find(({ code }) => code === undefined)?.endpoint;
  if (works) {
    const url = written(works);
    const what =
      works.transport === endpoint.transport
        ? `${endpoint.transport} does not work here without TLS, and does with it: ${url}`
        : `${endpoint.transport} does not work here, and ${works.transport} does: ${url}`;
    return [warn(what, `use ${url}${unset(env)}`)];
  }
  if (!isReached(fault)) return [];
  const each = all.map((other) => `${written(other.endpoint)} (${other.code})`).join(", ");
  // Without TLS it may work: that is not tried where TLS was asked for.
  const tls = endpoint.tls ? "with TLS " : "";
  const what = `${tls}no other transport works here either: ${each}`;
  const fix =
    fault.step === "tls"
      ? "do what is said of TLS above: another transport with TLS does not help"
      : "mend what is said above: another transport does not help";
  return [fail(what, fix)];
}

/** `layers`: what was found of the chosen one. */
export async function checkOtherTransport(
  road: Road,
  layers: readonly Finding[],
  env: Environment,
): Promise<readonly Finding[]> {
  const fault = failed(layers);
  if (!fault || !mayHelp(fault)) return [];
  const begun = road.clock();
  // What does not open at this port opens for no transport.
  const others = othersOf(road.endpoint).filter(
    ({ port }) => isReached(fault) || port !== road.endpoint.port,
  );
  const all = await Promise.all(others.map((one) => tried(road, one)));
  return told(road, all, fault, env).map((one) => asStep(one, "other-transport", road.clock() - begun));
}
