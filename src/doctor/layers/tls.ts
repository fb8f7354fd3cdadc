/** Looks at a handshake of TLS: the certificates, and which protocol the two sides agree on (ALPN). */
import type { TLSSocket } from "node:tls";
import type { Endpoint } from "../../protocol/endpoint.js";
import { asStep, type Finding } from "../finding.js";
import { judgeCertificate } from "./certificate.js";
import { fixFor, gatewayFindings, openTls, type Road, reason } from "./road.js";

const { ok, fail } = gatewayFindings;

/** What connectors offer, and what they can do without. */
export const offered = ({ transport }: Endpoint): string => (transport === "gRPC" ? "h2" : "http/1.1");

const noH2 = "have what ends TLS there offer h2: gRPC needs it";

/** The server agrees to nothing of what is offered, and ends the handshake for it. */
const noneInCommon = "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL";

function chosen({ alpnProtocol }: TLSSocket, endpoint: Endpoint): Finding {
  const offer = offered(endpoint);
  const isNone = typeof alpnProtocol !== "string";
  const what = `ALPN: offered ${offer}, chosen ${isNone ? "none" : offer}`;
  return isNone && endpoint.transport === "gRPC" ? fail(what, noH2, "NO_H2") : ok(what);
}

/** The certificate, and what of the protocol follows from the socket. Any certificate is taken, so that it can be told what is wrong with it; nothing is sent there. */
async function looked(
  road: Road,
  protocols: readonly string[],
  alpn: (socket: TLSSocket) => Finding,
): Promise<readonly Finding[]> {
  const { endpoint, tls, clock, now } = road;
  const begun = clock();
  const socket = await openTls(road, protocols, { unchecked: true });
  try {
    const certificate = judgeCertificate(socket, { endpoint, tls, now: now() });
    const step = asStep(certificate, "tls", clock() - begun);
    return certificate.level === "fail" ? [step] : [step, asStep(alpn(socket), "alpn", 0)];
  } finally {
    socket.destroy();
  }
}

function refused(endpoint: Endpoint): Finding {
  const offer = offered(endpoint);
  const fix = endpoint.transport === "gRPC" ? noH2 : `have what ends TLS there offer ${offer}`;
  return fail(`ALPN: offered ${offer}, refused (${noneInCommon})`, fix, noneInCommon);
}

/** The certificate and, where it is good, the protocol. */
export async function checkTls(road: Road): Promise<readonly Finding[]> {
  const { endpoint, clock } = road;
  const begun = clock();
  try {
    return await looked(road, [offered(endpoint)], (socket) => chosen(socket, endpoint)).catch((error) => {
      if (reason(error) !== noneInCommon) throw error;
      // Asked for nothing, it shows its certificate.
      return looked(road, [], () => refused(endpoint));
    });
  } catch (error) {
    const code = reason(error);
    const finding = fail(`TLS does not open (${code})`, fixFor(code, endpoint), code);
    return [asStep(finding, "tls", clock() - begun)];
  }
}
