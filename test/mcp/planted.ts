/** Faults as they come in life, each planted at a real runtime, with what an agent has to read of it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RegistrationStatus, type Runtime, requestResponseConnector } from "mooring";
import { createMemoryStore } from "../../src/credentials/memory-store.js";
import { authority } from "../support/certificates.js";
import { gated } from "../support/connectors.js";
import { startCommand } from "../support/run-command.js";
import { eventually, serving, untilStatus } from "../support/until.js";
import { type Bench, identity, key } from "./bench.js";

export interface Planted {
  /** The registration that suffers. */
  readonly key?: string;
  /** Asked for; without it a process serves the bench's control socket. */
  readonly runtime?: Runtime;
  /** When the fault shows. */
  readonly until?: (status: RegistrationStatus) => boolean;
}

interface Fault {
  readonly plant: (bench: Bench) => Promise<Planted>;
  /** What the answers must say: the cause, and what can be done. */
  readonly says: readonly (string | RegExp)[];
}

const waiting = ({ state, cause }: RegistrationStatus): boolean => state === "backoff" && cause !== null;

function spin(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

const refusing: Fault["plant"] = async (bench) => ({
  runtime: bench.runtime("grpc://127.0.0.1:1"),
  until: waiting,
});

async function secured(bench: Bench, names: readonly string[], dates?: { notBefore: Date; notAfter: Date }) {
  const issuer = await authority("CN=Planted CA", dates);
  const tls = await issuer.issue(...names);
  const gateway = await bench.gateway({ approval: "automatic", tls });
  return { gateway, ca: issuer.ca };
}

const longAgo = {
  notBefore: new Date(Date.now() - 172_800_000),
  notAfter: new Date(Date.now() - 86_400_000),
};

export const faults: Readonly<Record<string, Fault>> = {
  "a revoked client": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const { clientId, env } = await bench.mountedKey(gateway);
      gateway.revokeClient(clientId);
      return { runtime: bench.runtime(gateway.url, { env }), until: waiting };
    },
    says: ["credentials-refused", /client may be revoked/, /mounted key/],
  },
  "a gateway that went deaf": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const heartbeat = { intervalMs: 20, suspectMs: 20, timeoutMs: 80 };
      const runtime = bench.runtime(gateway.url, { heartbeat });
      await untilStatus(runtime, key, serving);
      gateway.fault({ deaf: true });
      return { runtime, until: waiting };
    },
    says: ["heartbeat-timeout", /went deaf: heartbeats were not answered/],
  },
  "a clock that is ahead": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const realm = await bench.http((_request, response) => {
        const date = new Date(Date.now() - 3_600_000).toUTCString();
        response.writeHead(401, { date, "content-type": "application/json" });
        response.end('{"error":"invalid_client"}');
      });
      const { env } = await bench.mountedKey(gateway, `${realm}/realms/r`);
      return { runtime: bench.runtime(gateway.url, { env }), until: waiting };
    },
    says: [
      "CLOCK_SKEW",
      /clocks of this computer and of the token server differ/,
      /Set this computer's clock/,
    ],
  },
  "a cloned identity": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const often = { baseMs: 100, maxMs: 7_200_000, jitterMs: 0 };
      const first = bench.runtime(gateway.url, { backoff: often });
      await untilStatus(first, key, serving);
      bench.runtime(gateway.url, { backoff: { baseMs: 50, maxMs: 50, jitterMs: 0 } });
      return { runtime: first, until: ({ state, attempt }) => state === "backoff" && attempt >= 6 };
    },
    says: ["server-closed", /another process serves the same acme\.echo_test\.one/, "INSTANCE_ID"],
  },
  "a full disk": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const { token } = gateway.issueOneTimeToken(identity);
      const save = () => Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }));
      const store = { ...createMemoryStore(), save };
      const env = { STRIKE48_REGISTRATION_TOKEN: token, STRIKE48_API_URL: gateway.httpUrl };
      return { runtime: bench.runtime(gateway.url, { env, credentials: { store } }), until: serving };
    },
    says: ["ENOSPC", "credentials not saved", /lost when this process ends/, /Free space/],
  },
  "a wrong tenant": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const { env } = await bench.mountedKey(gateway);
      const options = { env: { ...env, TENANT_ID: "umbrella" }, tenantId: "umbrella" };
      const runtime = bench.runtime(gateway.url, options);
      return { key: "umbrella.echo_test.one", runtime, until: waiting };
    },
    says: ["register-refused", /check STRIKE48_CLIENT_ID.*TENANT_ID/],
  },
  "a gateway that nobody started": { plant: refusing, says: ["unreachable", "ECONNREFUSED", "STRIKE48_URL"] },
  "a gateway's name that does not exist": {
    plant: async (bench) => ({ runtime: bench.runtime("grpcs://gateway.invalid:443"), until: waiting }),
    says: ["unreachable", /ENOTFOUND|EAI_AGAIN/, "gateway.invalid"],
  },
  "a certificate for another name": {
    async plant(bench) {
      const { gateway, ca } = await secured(bench, ["gateway.example"]);
      return { runtime: bench.runtime(gateway.url, { tls: { ca } }), until: waiting };
    },
    says: ["ERR_TLS_CERT_ALTNAME_INVALID", /host name in url/],
  },
  "a certificate of an unknown authority": {
    async plant(bench) {
      const { gateway } = await secured(bench, ["127.0.0.1", "localhost"]);
      return { runtime: bench.runtime(gateway.url), until: waiting };
    },
    says: [/UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/, "MATRIX_TLS_CA_CERT"],
  },
  "a certificate that has expired": {
    async plant(bench) {
      const { gateway, ca } = await secured(bench, ["127.0.0.1", "localhost"], longAgo);
      return { runtime: bench.runtime(gateway.url, { tls: { ca } }), until: waiting };
    },
    says: ["CERT_HAS_EXPIRED", /gateway's certificate/],
  },
  "no TLS towards a gateway that wants it": {
    async plant(bench) {
      const { gateway } = await secured(bench, ["127.0.0.1", "localhost"]);
      return { runtime: bench.runtime(gateway.url.replace("grpcs:", "grpc:")), until: waiting };
    },
    says: [/grpcs:\/\//],
  },
  "a registration that the gateway refuses": {
    async plant(bench) {
      const gateway = await bench.gateway();
      gateway.fault({ failRegister: 100, failRegisterText: "this connector type is not licensed" });
      return { runtime: bench.runtime(gateway.url), until: waiting };
    },
    says: ["register-refused", "this connector type is not licensed"],
  },
  "an administrator who rejected it": {
    async plant(bench) {
      const gateway = await bench.gateway({ approval: "manual" });
      const runtime = bench.runtime(gateway.url);
      await untilStatus(runtime, key, ({ child }) => child === "pendingApproval");
      gateway.reject(key);
      return { runtime, until: waiting };
    },
    says: ["approval-rejected", /administrator rejected/],
  },
  "an approval that nobody gives": {
    async plant(bench) {
      const gateway = await bench.gateway({ approval: "manual" });
      return { runtime: bench.runtime(gateway.url), until: ({ child }) => child === "pendingApproval" };
    },
    says: [/waiting for an administrator's approval/, /ask an administrator/],
  },
  "an approval without credentials": {
    async plant(bench) {
      const gateway = await bench.gateway({ approval: "manual" });
      gateway.fault({ withholdCredentials: true });
      const runtime = bench.runtime(gateway.url);
      await untilStatus(runtime, key, ({ child }) => child === "pendingApproval");
      gateway.approve(key);
      await eventually(() => runtime.registration(key).status().meaning.startsWith("approved"));
      return { runtime, until: ({ child }) => child === "pendingApproval" };
    },
    says: [/approved, waiting for credentials of its own/, /registers afresh unless credentials arrive/],
  },
  "a token server that fails": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const { env } = await bench.mountedKey(gateway);
      gateway.fault({ tokenServerError: 1_000 });
      return { runtime: bench.runtime(gateway.url, { env }), until: waiting };
    },
    says: ["credentials-unavailable", /503/, /token server/],
  },
  "a token server that is slow": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const { env } = await bench.mountedKey(gateway);
      gateway.fault({ tokenDelayMs: 3_600_000 });
      return { runtime: bench.runtime(gateway.url, { env, connectTimeoutMs: 200 }), until: waiting };
    },
    says: ["credentials-unavailable", /TIMEOUT/, /token server/],
  },
  "a folder of keys that cannot be read": {
    async plant(bench) {
      const gateway = await bench.gateway();
      await writeFile(join(bench.home, "keys"), "");
      return { runtime: bench.runtime(gateway.url), until: waiting };
    },
    says: ["ENOTDIR", /keys/],
  },
  "a key file that holds no key": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const { env } = await bench.mountedKey(gateway);
      await writeFile(env.STRIKE48_PRIVATE_KEY_PATH ?? "", "no key at all");
      return { runtime: bench.runtime(gateway.url, { env }), until: waiting };
    },
    says: ["KEY_UNREADABLE", /The private key is no PEM text/, "connector-key.pem"],
  },
  "a token that is none": {
    async plant(bench) {
      const gateway = await bench.gateway();
      return {
        runtime: bench.runtime(gateway.url, { env: { AUTH_TOKEN: "planted-secret-nonsense" } }),
        until: waiting,
      };
    },
    says: ["AUTH_TOKEN"],
  },
  "a link that flaps": {
    async plant(bench) {
      const gateway = await bench.gateway();
      gateway.fault({ closeAfterRegister: 3 });
      const runtime = bench.runtime(gateway.url, { backoff: { baseMs: 10, maxMs: 7_200_000, jitterMs: 0 } });
      return { runtime, until: ({ ready, signs }) => ready && signs.lossTimes.length === 3 };
    },
    says: ["flapping", /lost its link three times/, "server-closed"],
  },
  "a handler that blocks the loop": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const execute = () => spin(1_300);
      const connector = requestResponseConnector({ type: "echo_test", version: "1.0.0", execute });
      const runtime = bench.runtime(gateway.url, { connector });
      await untilStatus(runtime, key, serving);
      await gateway.execute(key);
      return { runtime, until: serving };
    },
    says: ["handler blocks the loop", /event loop was blocked/, "threadConnector"],
  },
  "a queue that is full": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const { connector, release } = gated();
      bench.onEnd(release);
      const runtime = bench.runtime(gateway.url, {
        connector,
        maxConcurrentRequests: 1,
        maxQueuedRequests: 1,
      });
      const gatedKey = "acme.gated.one";
      await untilStatus(runtime, gatedKey, serving);
      for (const payload of [1, 2, 3]) void gateway.execute(gatedKey, { payload }).catch(() => {});
      await eventually(() => runtime.registration(gatedKey).status().counters.overloads > 0);
      return { key: gatedKey, runtime, until: serving };
    },
    says: ["queue full", "maxQueuedRequests"],
  },
  "a worker thread that dies": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const module = fileURLToPath(new URL("../workers/connectors.mjs", import.meta.url));
      const args = ["--url", gateway.url, "--workers", "1", "--control", bench.control];
      const env = { TENANT_ID: "acme", INSTANCE_ID: "one", HOME: bench.home };
      const running = startCommand(["run", module, ...args], env);
      bench.onEnd(() => running.child.kill("SIGKILL"));
      const harmKey = "acme.harm.one";
      const isThere = () => gateway.registrations().some((one) => one.key === harmKey && one.connected);
      for (let deaths = 0; deaths < 4; deaths += 1) {
        await gateway.until(isThere, 60_000);
        void gateway.execute(harmKey, { payload: { how: "exit" } }).catch(() => {});
        await gateway.until(() => !isThere(), 60_000);
      }
      await running.says("parked");
      return { key: harmKey };
    },
    says: ["worker-died", /process\.exit/, "gave up"],
  },
  "messages that are too large": {
    async plant(bench) {
      const gateway = await bench.gateway();
      const runtime = bench.runtime(gateway.url, { maxMessageBytes: 20_000 });
      await untilStatus(runtime, key, serving);
      await gateway.execute(key, { payload: "x".repeat(40_000) });
      return { runtime, until: serving };
    },
    says: [/too large|above the limit/, "maxMessageBytes"],
  },
  "waits that have grown to their cap": {
    async plant(bench) {
      const gateway = await bench.gateway();
      gateway.fault({ refuseStatus: 1_000, refuseStatusCode: 14 });
      const runtime = bench.runtime(gateway.url, {
        backoff: { baseMs: 3_600_000, maxMs: 3_600_000, jitterMs: 0 },
      });
      return { runtime, until: waiting };
    },
    says: ["back-off at its cap", "peer-unavailable"],
  },
  "a port that speaks another protocol": {
    async plant(bench) {
      const port = await bench.tcp((socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"));
      return { runtime: bench.runtime(`grpc://127.0.0.1:${port}`), until: waiting };
    },
    says: [/wrong-protocol/, /port in url/],
  },
  "a proxy that answers in HTTP/1": {
    async plant(bench) {
      const url = await bench.http((_request, response) =>
        response.writeHead(502).end("<html>Bad gateway</html>"),
      );
      return { runtime: bench.runtime(url.replace("http:", "grpc:")), until: waiting };
    },
    says: ["wrong-protocol", /HTTP\/1 proxy/],
  },
};
