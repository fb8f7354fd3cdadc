/** The `exchange` port: a one-time token becomes credentials. Leaving only unsubscribes; the job goes on. */
import { fromPromise } from "xstate";
import type { Exchanged, ExchangeInput, Outcome } from "../../machines/ports.js";
import { failureFrom } from "./failures.js";
import type { Services } from "./services.js";

export const exchangePort = (services: Services) =>
  fromPromise<Outcome<Exchanged>, ExchangeInput>(async ({ input, signal }) => {
    try {
      const source = await services.registration(input.key).credentials.exchange(input.offerId, signal);
      return { ok: true, value: { credentialSource: source } };
    } catch (error) {
      return { ok: false, failure: failureFrom(error) };
    }
  });
