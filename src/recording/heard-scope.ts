/** What XState gives the steps of one actor, with an ear for what they let out and which transitions they take. */
import type { AnyActorScope, AnyTransitionDefinition, ExecutableActionObject } from "xstate";
import { hearTransitions } from "./xstate-inspection.js";

type System = AnyActorScope["system"];

export interface Ear {
  acts(type: string, params: unknown): void;
  takes(transitions: readonly AnyTransitionDefinition[]): void;
}

/** For machines that tell by themselves what their steps let out and take. */
export interface Hearing extends Ear {
  /** What XState is given for a step that such a machine leaves to it. */
  heard(scope: AnyActorScope): AnyActorScope;
}

/** One for each actor that lives, so it is small: what all share is not copied, nor made as functions of each. */
export class HeardScope implements AnyActorScope {
  readonly #scope: AnyActorScope;
  readonly #ear: Ear;
  readonly system: System;

  constructor(scope: AnyActorScope, ear: Ear, system: System) {
    this.#scope = scope;
    this.#ear = ear;
    this.system = system;
  }

  get self(): AnyActorScope["self"] {
    return this.#scope.self;
  }

  get id(): string {
    return this.#scope.id;
  }

  get sessionId(): string {
    return this.#scope.sessionId;
  }

  get logger(): AnyActorScope["logger"] {
    return this.#scope.logger;
  }

  get defer(): AnyActorScope["defer"] {
    return this.#scope.defer;
  }

  get emit(): AnyActorScope["emit"] {
    return this.#scope.emit;
  }

  get stopChild(): AnyActorScope["stopChild"] {
    return this.#scope.stopChild;
  }

  /** XState also calls it apart from the scope. */
  readonly actionExecutor = (action: ExecutableActionObject): void => {
    this.#ear.acts(action.type, action.params);
    this.#scope.actionExecutor(action);
  };
}

/** Makes the scopes of one recorder: actors of one system share what hears its transitions. */
export class Scopes {
  readonly #ear: Ear;
  readonly #systems = new WeakMap<System, System>();

  constructor(ear: Ear) {
    this.#ear = ear;
  }

  heard(scope: AnyActorScope): AnyActorScope {
    let system = this.#systems.get(scope.system);
    if (!system) {
      system = hearTransitions(scope.system, (taken) => this.#ear.takes(taken));
      this.#systems.set(scope.system, system);
    }
    return new HeardScope(scope, this.#ear, system);
  }
}
