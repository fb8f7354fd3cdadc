/**
 * What a restart of the gateway must not lose, out of the core's parts and back into them. The file and its checks
 * are the keeper's.
 */
import type { GatewayCore } from "./core.js";
import type { KeptState, StateKeeper } from "./kept-state.js";

export class CoreState {
  readonly #core: GatewayCore;
  readonly #keeper: StateKeeper | undefined;

  constructor(core: GatewayCore, keeper: StateKeeper | undefined) {
    this.#core = core;
    this.#keeper = keeper;
  }

  async begin(): Promise<void> {
    await this.#keeper?.begin(
      (found) => this.#restore(found),
      () => this.#snapshot(),
    );
  }

  async keep(): Promise<void> {
    await this.#keeper?.save();
  }

  keepSoon(): void {
    if (!this.#keeper) return;
    this.#keeper.save().catch((error: unknown) => {
      this.#core.options.logger?.error({ err: error }, "the gateway's state could not be saved");
      this.#core.emit({ type: "stateNotSaved", error });
    });
  }

  #snapshot(): KeptState {
    const { tokenServer, sessionTokens, registry, oneTimeTokens } = this.#core;
    return {
      administrators: this.#administrators(),
      signingKey: tokenServer.signingKey,
      sessionTokens: sessionTokens.saved(),
      registrations: registry.saved(),
      clients: tokenServer.clients.saved(),
      oneTimeTokens: oneTimeTokens.saved(),
      issued: tokenServer.issued.saved(),
    };
  }

  async #restore(found: KeptState): Promise<void> {
    const { tokenServer, sessionTokens, registry, oneTimeTokens } = this.#core;
    if (found.signingKey) await tokenServer.restoreSigningKey(found.signingKey);
    sessionTokens.restore(found.sessionTokens);
    registry.restore(found.registrations);
    tokenServer.clients.restore(found.clients);
    oneTimeTokens.restore(found.oneTimeTokens);
    // Who signed in under another administrators' token, or under none, proved nothing about this one.
    if (found.administrators === this.#administrators()) tokenServer.issued.restore(found.issued);
  }

  /** Tells one administrators' token from another without keeping it. */
  #administrators(): string {
    const { sessionTokens, options } = this.#core;
    return sessionTokens.fingerprint(options.adminToken ?? "");
  }
}
