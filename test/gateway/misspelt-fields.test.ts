/** A misspelt field is an error with the right name, in every call of the HTTP API. */
import { expect, it } from "vitest";
import { fakeConnector } from "./fake-connector.js";
import { call, gatewayFor } from "./rig.js";

const at = "/api/registrations/t.calc.one";

it.each([
  [`${at}/execute`, { timeoutMS: 5 }, '"timeoutMS" is no field of execute; did you mean "timeoutMs"?'],
  [`${at}/execute`, { capability_id: "x" }, 'did you mean "capabilityId"?'],
  [`${at}/execute`, { tool: "x" }, 'did you mean "capabilityId"?'],
  [`${at}/execute`, { parameters: {} }, 'did you mean "payload.parameters"?'],
  [`${at}/execute`, { payload: {}, contxt: {} }, 'did you mean "context"?'],
  [`${at}/execute`, { toString: 1 }, "known are payload, capabilityId, context, timeoutMs."],
  [`${at}/execute?timeoutMs=5`, {}, "takes no query"],
  [`${at}/approve`, { by: "me" }, '"by" is no field of approve; it takes none.'],
  [`${at}/reject`, { reason: "no" }, '"reason" is no field of reject'],
  [`${at}/deregister`, { force: true }, '"force" is no field of deregister'],
  ["/api/one-time-tokens", { tenantID: "t", connectorType: "c" }, 'did you mean "tenantId"?'],
  ["/api/one-time-tokens", { tenantId: "t", connectorType: "c", ttlMS: 5 }, 'did you mean "ttlMs"?'],
  ["/api/clients", { tenantId: "t", public_key: "k" }, 'did you mean "publicKey"?'],
  ["/api/clients/x/revoke", { at: 1 }, '"at" is no field of revoke'],
  ["/api/faults", { def: true }, 'Unknown fault "def"; did you mean "deaf"?'],
  [
    "/api/connectors/register-with-ott",
    { token: "t", publicKey: "k", connector_type: "c", instance_id: "i" },
    'did you mean "public_key"?',
  ],
])("%s %o", async (path, body, message) => {
  const gateway = await gatewayFor();
  await fakeConnector(gateway).register();
  expect(await call(gateway.httpUrl + path, body)).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining(message) } },
  });
  expect(gateway.registrations()[0]).toMatchObject({ state: "pending", openExecutes: 0 });
});

it.each([
  [`${at}/aprove`, `did you mean POST ${at}/approve?`],
  ["/api/one-time-token", "did you mean POST /api/one-time-tokens?"],
])("%s is no call", async (path, message) => {
  const gateway = await gatewayFor();
  await fakeConnector(gateway).register();
  expect(await call(gateway.httpUrl + path, {})).toMatchObject({
    status: 404,
    body: { error: { message: expect.stringContaining(message) } },
  });
});
