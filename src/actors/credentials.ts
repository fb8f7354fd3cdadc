/** The ports of the credentials machine: one step of `src/credentials` per call. Leaving only unsubscribes. */
import { fromPromise } from "xstate";
import type {
  FindInput,
  FoundCredentials,
  MintedToken,
  MintInput,
  RegisterKeyInput,
  StepOutcome,
} from "../../machines/ports.js";
import { CredentialError, type RegistrationCredentials } from "../credentials/credentials.js";
import { failureFrom } from "./failures.js";
import type { Services } from "./services.js";

/** A step's result as data; what is not a failure of credentials is a bug, which no further try mends. */
async function outcomeOf<T>(step: Promise<T>): Promise<StepOutcome<T>> {
  try {
    return { ok: true, value: await step };
  } catch (error) {
    const again = error instanceof CredentialError && error.failure.again === true;
    return { ok: false, failure: failureFrom(error), again };
  }
}

export function credentialPorts(services: Pick<Services, "registration">) {
  const of = (key: string): RegistrationCredentials => services.registration(key).credentials;
  return {
    findCredentials: fromPromise<StepOutcome<FoundCredentials>, FindInput>(
      ({ input: { key, ...how }, signal }) => outcomeOf(of(key).find(how, signal)),
    ),
    registerKey: fromPromise<StepOutcome<null>, RegisterKeyInput>(({ input: { key, offerId }, signal }) =>
      outcomeOf(
        of(key)
          .registerKey(offerId, signal)
          .then(() => null),
      ),
    ),
    mintToken: fromPromise<StepOutcome<MintedToken>, MintInput>(({ input: { key, ...how }, signal }) =>
      outcomeOf(of(key).mint(how, signal)),
    ),
  };
}
