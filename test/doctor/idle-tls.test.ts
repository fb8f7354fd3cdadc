import { describe, expect, it } from "vitest";
import { checkIdleTls } from "../../src/doctor/idle-tls.js";
import { dialled } from "../../src/doctor/settings.js";

const ca = { MATRIX_TLS_CA_CERT: "/ca.pem" };
const insecure = { MATRIX_TLS_INSECURE: "true" };
const plain = "grpc://localhost:1";

function found(env: Record<string, string>, url: string, realms: readonly string[] = []) {
  const { endpoint } = dialled(url, env);
  return checkIdleTls(env, endpoint, realms);
}

describe("settings of TLS", () => {
  it.each([
    [ca, "MATRIX_TLS_CA_CERT does", "it"],
    [insecure, "MATRIX_TLS_INSECURE does", "it"],
    [{ ...ca, ...insecure }, "MATRIX_TLS_CA_CERT and MATRIX_TLS_INSECURE do", "them"],
    [{ ...ca, STRIKE48_API_URL: "http://localhost:2" }, "MATRIX_TLS_CA_CERT does", "it"],
  ])("are told of where nothing has TLS: %o", (env, names, them) => {
    expect(found(env, plain)).toEqual([
      {
        level: "warn",
        check: "settings",
        what: `${names} nothing, because the gateway is grpc://localhost:1, without TLS`,
        fix: `write grpcs://localhost:1 if the gateway takes TLS, or unset ${them}`,
      },
    ]);
  });

  it.each([
    ["TLS to the gateway", ca, "grpcs://localhost:1"],
    ["an API with TLS", { ...ca, STRIKE48_API_URL: "https://localhost:2" }, plain],
    ["a token server with TLS", { ...ca, STRIKE48_AUTH_URL: "https://localhost:2/realms/a" }, plain],
    ["a token server of saved credentials with TLS", ca, plain, ["https://localhost:2/realms/a"]],
    ["no such settings", {}, plain],
    ["settings that are off or blank", { MATRIX_TLS_INSECURE: "false", MATRIX_TLS_CA_CERT: " " }, plain],
    ["no address", ca, "grpc://"],
  ])("are fine with %s", (_, env, url, realms = []) => {
    expect(found(env, url, realms)).toEqual([]);
  });
});
