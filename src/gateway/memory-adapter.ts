/** What oidc-provider stores, in memory and with expiry. Clients are not stored here: the gateway's own list is asked. */
import type { Adapter, AdapterPayload } from "oidc-provider";
import type { IssuedObjects } from "./issued-objects.js";

/** Looks for what has expired only when so much has been added. */
const sweepEvery = 256;

/** One model's objects. `clientOf` answers for the model `Client`. */
export function memoryAdapter(
  model: string,
  clientOf: (clientId: string) => AdapterPayload | undefined,
  issued: IssuedObjects,
): Adapter {
  const stored = issued.of(model);
  let added = 0;
  const live = (id: string): AdapterPayload | undefined => {
    const found = stored.get(id);
    if (found?.expiresAt !== undefined && found.expiresAt <= Date.now()) stored.delete(id);
    return stored.get(id)?.payload;
  };
  const sweep = () => {
    added += 1;
    if (added % sweepEvery === 0) for (const id of stored.keys()) live(id);
  };
  const findBy = (name: "uid" | "userCode", value: string) => {
    for (const [id, { payload }] of stored) if (payload[name] === value) return live(id);
    return undefined;
  };
  return {
    async upsert(id, payload, expiresIn) {
      stored.set(id, { payload, expiresAt: expiresIn ? Date.now() + expiresIn * 1_000 : undefined });
      sweep();
      await issued.changed(model);
    },
    find: async (id) => (model === "Client" ? clientOf(id) : live(id)),
    findByUserCode: async (userCode) => findBy("userCode", userCode),
    findByUid: async (uid) => findBy("uid", uid),
    async consume(id) {
      const payload = live(id);
      if (payload) payload.consumed = Math.floor(Date.now() / 1_000);
      await issued.changed(model);
    },
    async destroy(id) {
      stored.delete(id);
      await issued.changed(model);
    },
    async revokeByGrantId(grantId) {
      for (const [id, { payload }] of stored) if (payload.grantId === grantId) stored.delete(id);
      await issued.changed(model);
    },
  };
}
