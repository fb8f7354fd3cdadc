/**
 * One registration's credentials, step by step: what there is, a key registered, a token minted, and the tokens of
 * the next register request. Holds custody of what it was given; decides nothing about tries and times.
 */
import type { Cancellable } from "../cancellation.js";
import { type Identity, registrationKey } from "../protocol/identity.js";
import { Secret } from "../secret.js";
import type { AccessToken } from "./access-token.js";
import {
  CredentialError,
  type CredentialFailure,
  type CredentialOffer,
  type Found,
  type Minted,
  type RegisterTokens,
  type RegistrationCredentials,
  type TokenSource,
} from "./credentials.js";
import { Custody } from "./custody.js";
import type { IdentityTokens } from "./identity-tokens.js";
import { isKept } from "./kept-bounds.js";
import type { KeyRegistrations } from "./key-registrations.js";
import type { OneTimeToken } from "./one-time-token.js";
import type { SavedIdentities } from "./saved-identities.js";
import { isUnexpiredSessionToken } from "./session-token.js";
import type { Source, Sources } from "./sources.js";
import { subscribe } from "./subscribe.js";

export interface RegistrationDependencies {
  readonly sources: Sources;
  readonly registrations: KeyRegistrations;
  readonly tokens: IdentityTokens;
  readonly wallClock: () => number;
  /** Why the dialled address must not get tokens; undefined when it may. */
  readonly whyNoTokens: string | undefined;
  readonly saved: Pick<SavedIdentities, "unsavedCode" | "unsavedPath" | "otherGateway">;
}

type Signing = Extract<Source, { id: string }>;

const isSigning = (source: Source | undefined): source is Signing =>
  source?.kind === "mounted-key" || source?.kind === "saved";

function nextStep(source: Source): Found["next"] {
  if (source.kind === "one-time-token") return "registerKey";
  return isSigning(source) ? "mint" : "use";
}

const noSource: CredentialFailure = {
  cause: "credentials-exchange-failed",
  code: "NO_SOURCE",
  detail: "There is nothing to make a token of.",
};

const none = new Secret("");

class OneRegistration implements RegistrationCredentials {
  readonly #identity: Identity;
  readonly #deps: RegistrationDependencies;
  /** Made when first needed: most registrations never hold a one-time token. */
  #custody: Custody | undefined;
  /** Undefined when there is none, or when a one-time token has given this registration an identity of its own. */
  #explicitToken: Secret | undefined;
  #sessionToken = none;
  /** What was found last; undefined when nobody has looked, or nobody could. */
  #source: Source | undefined;
  /** What `isAtHand` has just found, and needs a step: the step that follows need not look again. */
  #seen: Source | undefined;
  /** The source to report, when it is not that of the tokens: a one-time token that was just used. */
  #via: TokenSource | undefined;
  #token: AccessToken | undefined;
  /** A token that is too short-lived to be kept serves the register request it was minted for. */
  #isTokenUnused = false;
  /** By whose access token the register request on its way was made. */
  #sent: Signing | undefined;
  #failure: CredentialFailure | undefined;
  /** The operator's one-time token that was refused last, and whether it counts for nobody any more. */
  #refused: { readonly token: OneTimeToken; readonly forEverybody: boolean } | undefined;

  constructor(identity: Identity, explicitToken: Secret | undefined, deps: RegistrationDependencies) {
    this.#identity = identity;
    this.#explicitToken = explicitToken;
    this.#deps = deps;
  }

  get unsavedCode(): string | null {
    return this.#deps.saved.unsavedCode(this.#identity);
  }

  get otherGateway(): string | null {
    return this.#deps.saved.otherGateway(this.#identity);
  }

  get unsavedPath(): string | null {
    return this.#deps.saved.unsavedPath(this.#identity);
  }

  isAtHand(signal: Cancellable): boolean | Promise<boolean> {
    this.#seen = undefined;
    // What is under way, or was refused, is for the steps to judge.
    if (this.#refused || this.#deps.registrations.running(this.#identity)) return false;
    const source = this.#find();
    return source instanceof Promise ? this.#waitsAtHand(source, signal) : this.#needsNoStep(source);
  }

  async #waitsAtHand(source: Promise<Source>, signal: Cancellable): Promise<boolean> {
    try {
      return this.#needsNoStep(await this.#look(source, signal));
    } catch (error) {
      if (signal.aborted) throw error;
      return false;
    }
  }

  #needsNoStep(source: Source): boolean {
    const needsNoStep = nextStep(source) === "use";
    if (needsNoStep) this.#use(source);
    else this.#seen = source;
    return needsNoStep;
  }

  async find(
    { offerId, renew }: { readonly offerId: string | null; readonly renew: boolean },
    signal: AbortSignal,
  ): Promise<Found> {
    const seen = this.#seen;
    this.#seen = undefined;
    if (renew) this.#forgetTokens();
    this.#passOverRefused();
    if (offerId !== null) return this.#findOffer(offerId, signal);
    const hasWaited = await this.#joinRegistration(signal);
    const source = (hasWaited ? undefined : seen) ?? (await this.#look(this.#find(), signal));
    this.#use(source);
    return { source: source.kind, next: nextStep(source) };
  }

  async registerKey(offerId: string | null, signal: AbortSignal): Promise<void> {
    const offer = offerId === null ? this.#operatorsOffer() : this.#heldOffer(offerId).offer;
    const call = this.#deps.registrations.start({
      identity: this.#identity,
      offer,
      onRegistered: () => this.#registered(offerId),
    });
    try {
      await subscribe(call, signal);
    } catch (error) {
      const judged = offerId === null ? this.#judge(error) : error;
      if (judged instanceof CredentialError) this.#failure = judged.failure;
      throw judged;
    }
    await this.#findSaved(offerId === null ? "one-time-token" : undefined, signal);
  }

  async mint(
    { ahead, isNewClient }: { readonly ahead: boolean; readonly isNewClient: boolean },
    signal: AbortSignal,
  ): Promise<Minted> {
    const source = this.#source;
    if (!isSigning(source)) throw new CredentialError(noSource);
    const { tokens } = this.#deps;
    const { id, load } = source;
    const wish = { id, load, ahead, isNewClient, caller: registrationKey(this.#identity) };
    try {
      const token = await tokens.get(wish, signal);
      this.#isTokenUnused = !ahead && (token !== this.#token || this.#isTokenUnused);
      this.#token = token;
      this.#failure = undefined;
      return tokens.timesOf(token);
    } catch (error) {
      this.#isTokenUnused = false;
      if (error instanceof CredentialError) this.#failure = error.failure;
      throw error;
    }
  }

  take(): RegisterTokens {
    const taken = this.#tokens();
    const { whyNoTokens } = this.#deps;
    if (whyNoTokens === undefined || (taken.jwt.isEmpty && taken.sessionToken.isEmpty)) return taken;
    const name = taken.source === "environment" ? "AUTH_TOKEN" : `A token (${taken.source})`;
    const detail = `${name} ${whyNoTokens}`;
    throw new CredentialError({ cause: "credentials-unavailable", code: "INSECURE_GRPC", detail });
  }

  #tokens(): RegisterTokens {
    const sessionToken = this.#unexpiredSessionToken();
    const source = this.#source;
    if (source?.kind === "explicit" || source?.kind === "environment")
      return { jwt: source.token, sessionToken, source: source.kind };
    const jwt = source && this.#takeToken();
    this.#sent = jwt && isSigning(source) ? source : undefined;
    if (jwt) return { jwt, sessionToken, source: this.#via ?? source.kind };
    if (!sessionToken.isEmpty) return { jwt: none, sessionToken, source: "session" };
    if (source?.kind === "anonymous") return { jwt: none, sessionToken, source: "anonymous" };
    const detail = "There is no fresh access token for this identity.";
    throw new CredentialError(
      this.#failure ?? { cause: "credentials-unavailable", code: "NO_TOKEN", detail },
    );
  }

  keepSessionToken(token: Secret): void {
    if (!token.isEmpty && isKept("sessionToken", token.reveal())) this.#sessionToken = token;
  }

  recognized(): void {
    this.#sent?.takeOver?.();
    this.#sent = undefined;
  }

  dropSessionToken(): void {
    this.#sessionToken = none;
  }

  deposit(offer: CredentialOffer): string {
    this.#custody ??= new Custody();
    return this.#custody.deposit(offer);
  }

  #find(): Source | Promise<Source> {
    return this.#deps.sources.find(this.#identity, this.#explicitToken);
  }

  /** Rejects without a trace when it was given up meanwhile: a later look knows better. */
  async #look(source: Source | Promise<Source>, signal: Cancellable): Promise<Source> {
    try {
      return await subscribe(Promise.resolve(source), signal);
    } catch (error) {
      if (signal.aborted) throw error;
      // Nobody knows what there is: certainly not that there is nothing. A good token stays good.
      if (!isSigning(this.#source)) this.#source = undefined;
      if (error instanceof CredentialError) this.#failure = error.failure;
      throw error;
    }
  }

  #use(source: Source): void {
    const isSame = isSigning(source) && isSigning(this.#source) && source.id === this.#source.id;
    if (!isSame) this.#token = undefined;
    this.#via = undefined;
    this.#source = source;
  }

  #takeToken(): Secret | undefined {
    const token = this.#token;
    if (!token || !(this.#isTokenUnused || this.#deps.tokens.isFresh(token))) return undefined;
    this.#isTokenUnused = false;
    return token.value;
  }

  /** Two rejections in a row: what was refused is not sent again. An operator's own token stays. */
  #forgetTokens(): void {
    this.#sessionToken = none;
    if (this.#token && isSigning(this.#source)) this.#deps.tokens.forget(this.#source.id, this.#token);
    this.#token = undefined;
  }

  #heldOffer(offerId: string) {
    const held = this.#custody?.find(offerId);
    if (held) return held;
    const detail = "This one-time token is not in custody any more.";
    throw new CredentialError({ cause: "credentials-exchange-failed", code: "UNKNOWN_OFFER", detail });
  }

  async #findOffer(offerId: string, signal: AbortSignal): Promise<Found> {
    if (!this.#heldOffer(offerId).registered) return { source: "saved", next: "registerKey" };
    await this.#findSaved(undefined, signal);
    return { source: "saved", next: "mint" };
  }

  /** The credentials of a registration that has just been made. */
  async #findSaved(via: TokenSource | undefined, signal: AbortSignal): Promise<void> {
    const source = await this.#deps.sources.saved(this.#identity);
    signal.throwIfAborted();
    if (!source) {
      const detail = "No saved credentials are left.";
      throw new CredentialError({ cause: "credentials-exchange-failed", code: "NOT_SAVED", detail });
    }
    this.#use(source);
    this.#via = via;
  }

  #operatorsOffer(): CredentialOffer {
    const source = this.#source;
    if (source?.kind !== "one-time-token") throw new CredentialError(noSource);
    const { token, apiUrl = "" } = source.token;
    return { oneTimeToken: token, apiUrl, registerUrl: "" };
  }

  #registered(offerId: string | null): void {
    if (offerId !== null) this.#custody?.markRegistered(offerId);
    if (offerId === null && this.#source?.kind === "one-time-token")
      this.#deps.sources.spend(this.#source.token, "everybody");
    this.#explicitToken = undefined;
    this.#token = undefined;
  }

  /** A refusal of the operator's one-time token, in words that tell which one; it is remembered. */
  #judge(error: unknown): unknown {
    this.#refused = undefined;
    const source = this.#source;
    if (!(error instanceof CredentialError) || source?.kind !== "one-time-token") return error;
    const { cause, code } = error.failure;
    const again = cause === "one-time-token-consumed";
    if (!again && code !== "HTTP_401") return error;
    this.#refused = { token: source.token, forEverybody: again };
    const detail = `The one-time token of ${source.token.from} is used, expired, or for somebody else; a new one is needed.`;
    return new CredentialError({ cause: "one-time-token-consumed", code: "HTTP_401", detail, again });
  }

  /** Whoever looks anew after a refusal has tried often enough: the next source has its turn. */
  #passOverRefused(): void {
    if (!this.#refused) return;
    const { token, forEverybody } = this.#refused;
    this.#deps.sources.spend(token, forEverybody ? "everybody" : this.#identity);
    this.#refused = undefined;
  }

  /** Waits for a registration on its way, whatever it brings; its failure is for those who asked. False: none was. */
  async #joinRegistration(signal: AbortSignal): Promise<boolean> {
    const running = this.#deps.registrations.running(this.#identity);
    if (!running) return false;
    await subscribe(running, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
    });
    return true;
  }

  #unexpiredSessionToken(): Secret {
    const nowSeconds = Math.floor(this.#deps.wallClock() / 1000);
    if (!isUnexpiredSessionToken(this.#sessionToken, nowSeconds)) this.#sessionToken = none;
    return this.#sessionToken;
  }
}

export function createRegistrationCredentials(
  identity: Identity,
  explicitToken: Secret | undefined,
  deps: RegistrationDependencies,
): RegistrationCredentials {
  return new OneRegistration(identity, explicitToken, deps);
}
