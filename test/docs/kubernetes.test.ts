import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { environmentNames } from "../../src/runtime/environment-variables.js";

const root = new URL("../../", import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), "utf8");

/** The parts of a manifest that are looked at here. */
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly secretName: string;
    readonly privateKey: { readonly algorithm: string; readonly size: number; readonly encoding: string };
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Record<string, string> };
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: {
        readonly securityContext: { readonly runAsNonRoot: boolean; readonly fsGroup: number };
        readonly automountServiceAccountToken: boolean;
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly Container[];
        readonly volumes: readonly Volume[];
      };
    };
  };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly securityContext: Record<string, unknown>;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
    readonly subPath?: string;
  }[];
}

interface Volume {
  readonly name: string;
  readonly secret?: {
    readonly secretName: string;
    readonly defaultMode: number;
    readonly items: readonly { readonly key: string; readonly path: string }[];
  };
}

/** Every name of a variable that some module reads from the environment. */
function namesInUse(): ReadonlySet<string> {
  const files = readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => file.endsWith(".ts")).map((file) => text(`src/${file}`));
  const read = sources.flatMap((source) => [...source.matchAll(/\benv\.([A-Z][A-Z0-9_]+)/g)]);
  return new Set([...Object.keys(environmentNames), ...read.map((match) => match[1] ?? "")]);
}

const documents = parseAllDocuments(text("examples/kubernetes.yaml"));
const manifests = documents.map((document) => document.toJS() as Manifest); // checked member by member below
const find = (kind: string) => manifests.find((manifest) => manifest.kind === kind)!; // the first test checks both
const pod = () => find("Deployment").spec.template.spec;
const container = () => pod().containers[0]!; // the first test checks that there is one

describe("examples/kubernetes.yaml", () => {
  it("is YAML without a fault: a certificate and a deployment of one container", () => {
    expect(documents.flatMap((document) => [...document.errors, ...document.warnings])).toEqual([]);
    expect(manifests.map((manifest) => manifest.kind)).toEqual(["Certificate", "Deployment"]);
    expect(pod().containers).toHaveLength(1);
    const { selector, template } = find("Deployment").spec;
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
  });

  it("sets only variables that are read, with all that the mounted key needs", () => {
    const names = container().env.map((variable) => variable.name);
    expect(names.filter((name) => !namesInUse().has(name))).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining([
        "STRIKE48_PRIVATE_KEY_PATH",
        "STRIKE48_CLIENT_ID",
        "STRIKE48_AUTH_URL",
        "TENANT_ID",
      ]),
    );
    expect(container().env.filter((variable) => !variable.value)).toEqual([]);
  });

  it("mounts the certificate's key where the path says, whole and read-only", () => {
    const path =
      container().env.find((variable) => variable.name === "STRIKE48_PRIVATE_KEY_PATH")?.value ?? "";
    const mount = container().volumeMounts.find((one) => one.mountPath === posix.dirname(path));
    expect(mount).toEqual({ name: "key", mountPath: "/var/run/secrets/matrix", readOnly: true });
    const secret = pod().volumes.find((volume) => volume.name === mount?.name)?.secret;
    expect(secret?.secretName).toBe(find("Certificate").spec.secretName);
    expect(secret?.items).toEqual([{ key: "tls.key", path: posix.basename(path) }]);
    expect(secret?.defaultMode).toBe(0o440);
  });

  it("asks for a key that every connector of this protocol can read", () => {
    expect(find("Certificate").spec.privateKey).toMatchObject({
      algorithm: "ECDSA",
      size: 256,
      encoding: "PKCS8",
    });
  });

  it("runs one process without rights it does not need", () => {
    expect(find("Deployment").spec.replicas).toBe(1);
    expect(pod()).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, fsGroup: 10001 },
    });
    expect(container().securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("is probed where it serves its health, and drains before it is killed", () => {
    const { args, ports, livenessProbe, readinessProbe } = container();
    const given = (option: string) => args[args.indexOf(option) + 1];
    expect(ports).toEqual([{ name: "health", containerPort: Number(given("--health")) }]);
    expect(given("--health-host")).toBe("0.0.0.0");
    expect(livenessProbe.httpGet).toEqual({ path: "/livez", port: "health" });
    expect(readinessProbe.httpGet).toEqual({ path: "/readyz", port: "health" });
    expect(pod().terminationGracePeriodSeconds * 1_000).toBeGreaterThan(
      Number(given("--drain-deadline")) + 5_000,
    );
  });
});
