/**
 * Children as XState makes them, in less room: all of one form (XState spreads the options of each out of two objects),
 * lists made with the first that is in them, and hardly a function that each has of its own. What is not here they inherit
 * from XState's actor. What differs: an action is not called as a method of the object that describes it, and XState's
 * build for development does not warn when an action calls `assign`, `emit`, `raise` or `sendTo`.
 */
import {
  Actor,
  type AnyActor,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  type AnyEventObject,
  fromCallback,
  type Snapshot,
} from "xstate";
import { isObserved } from "./quick-system.js";
import { internalsOf, type System } from "./xstate-internals.js";

/** XState's numbers of how an actor stands. */
const isNew = 0;
const isRunning = 1;
const isStopped = 2;

/** What a child is made with. */
export interface LightOptions {
  readonly id: string;
  readonly src: unknown;
  readonly parent: AnyActorRef;
  readonly syncSnapshot: boolean | undefined;
  readonly systemId: string | undefined;
  readonly input: unknown;
}

type Observer = {
  readonly next?: (snapshot: unknown) => void;
  readonly error?: (error: unknown) => void;
  readonly complete?: () => void;
};

type Handler = (event: AnyEventObject) => void;

/** What a child inherits and calls itself. */
interface Inherited {
  _initState(): void;
  _process(event: AnyEventObject): void;
  _error(error: unknown): void;
}

/** As XState does it: it becomes an uncaught exception. */
function throwLater(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}

function safely(call: () => void): void {
  try {
    call();
  } catch (error) {
    throwLater(error);
  }
}

interface Defaults {
  readonly clock: unknown;
  readonly logger: unknown;
  readonly devTools: unknown;
}

let defaults: Defaults | undefined;

/** Options that nobody has given; XState keeps them to itself, and its actors have them. */
function defaultsOfXState(): Defaults {
  defaults ??= new Actor(fromCallback(() => {})).options as Defaults;
  return defaults;
}

interface Enqueued {
  readonly value: AnyEventObject;
  next: Enqueued | null;
}

/** XState's queue of events, which calls its actor. */
class Mailbox {
  readonly #actor: Inherited;
  #isActive = false;
  #current: Enqueued | null = null;
  #last: Enqueued | null = null;

  constructor(actor: Inherited) {
    this.#actor = actor;
  }

  start(): void {
    this.#isActive = true;
    this.#flush();
  }

  /** What is taken now is taken to its end. */
  clear(): void {
    if (!this.#current) return;
    this.#current.next = null;
    this.#last = this.#current;
  }

  enqueue(value: AnyEventObject): void {
    const enqueued: Enqueued = { value, next: null };
    if (this.#current && this.#last) {
      this.#last.next = enqueued;
      this.#last = enqueued;
      return;
    }
    this.#current = enqueued;
    this.#last = enqueued;
    if (this.#isActive) this.#flush();
  }

  #flush(): void {
    while (this.#current) {
      const taken: Enqueued = this.#current;
      this.#actor._process(taken.value);
      this.#current = taken.next;
    }
    this.#last = null;
  }
}

type Executor = AnyActorScope["actionExecutor"];

/** What XState gives the steps of an actor. */
export class LightScope implements AnyActorScope {
  readonly #actor: LightActor;
  readonly system: System;
  #own: Executor | undefined = undefined;
  #replaced: Executor | undefined = undefined;

  constructor(actor: LightActor) {
    this.#actor = actor;
    this.system = actor.system;
  }

  get self(): AnyActorRef {
    return this.#actor.ref;
  }

  get id(): string {
    return this.#actor.id;
  }

  get sessionId(): string {
    return this.#actor.sessionId;
  }

  get logger(): AnyActorScope["logger"] {
    return this.#actor.logger;
  }

  /** Before, actions wait for its start. */
  get isRunning(): boolean {
    return this.#actor._processingStatus === isRunning;
  }

  /** Whoever steps an actor may take what follows apart from its scope. */
  readonly defer = (later: () => void): void => this.#actor.defer(later);

  get stopChild(): AnyActorScope["stopChild"] {
    return (child) => {
      const { id, ref } = this.#actor;
      if (child._parent !== ref)
        throw new Error(`Cannot stop child actor ${child.id} of ${id} because it is not a child`);
      (child as unknown as { _stop(): void })._stop();
    };
  }

  get emit(): AnyActorScope["emit"] {
    return (event) => this.#actor.tellHandlers(event);
  }

  get actionExecutor(): Executor {
    this.#own ??= (action) => {
      const act = () => {
        this.tellAction(action.type, action.params);
        action.exec?.(action.info, action.params);
      };
      if (this.isRunning) act();
      else this.defer(act);
    };
    return this.#replaced ?? this.#own;
  }

  /** XState puts one of its own here during a step that it takes by itself. */
  set actionExecutor(executor: Executor) {
    this.#replaced = executor === this.#own ? undefined : executor;
  }

  /** Actions are run at once, and nobody has put himself before them. */
  get runsActions(): boolean {
    return this.isRunning && this.#replaced === undefined;
  }

  tellAction(type: string, params: unknown): void {
    const { system } = this;
    if (!isObserved(system)) return;
    const action = { type, params };
    internalsOf(system)._sendInspectionEvent({ type: "@xstate.action", actorRef: this.self, action });
  }
}

/** Its fields are those of XState's actor. */
class LightActor {
  readonly logic: AnyActorLogic;
  _snapshot: Snapshot<unknown> | undefined = undefined;
  readonly clock: unknown;
  readonly options: object;
  readonly id: string;
  mailbox: Mailbox;
  readonly logger: AnyActorScope["logger"];
  _processingStatus = isNew;
  readonly _parent: AnyActorRef;
  readonly _syncSnapshot: boolean | undefined;
  readonly ref: AnyActor;
  readonly _actorScope: LightScope;
  systemId: string | undefined = undefined;
  readonly sessionId: string;
  readonly system: System;
  _doneEvent: AnyEventObject | undefined = undefined;
  readonly src: unknown;
  #deferred: (() => void)[] | undefined = undefined;
  #observers: Set<Observer> | undefined = undefined;
  #eventListeners: Map<string, Set<Handler>> | undefined = undefined;
  #send: ((event: AnyEventObject) => void) | undefined = undefined;

  constructor(logic: AnyActorLogic, { id, src, parent, syncSnapshot, systemId, input }: LightOptions) {
    const system = parent.system as System;
    const internals = internalsOf(system);
    const { clock, logger, devTools } = defaultsOfXState();
    this.logic = logic;
    this.clock = internals._clock;
    this.options = { clock, logger, devTools, id, src, parent, syncSnapshot, systemId, input };
    this.logger = internals._logger;
    this._parent = parent;
    this._syncSnapshot = syncSnapshot;
    this.src = src;
    this.system = system;
    this.sessionId = internals._bookId();
    this.id = id;
    this.ref = this as unknown as AnyActor;
    this.mailbox = new Mailbox(this.#inherited);
    this._actorScope = new LightScope(this);
    if (isObserved(system)) internals._sendInspectionEvent({ type: "@xstate.actor", actorRef: this.ref });
    if (systemId) {
      this.systemId = systemId;
      internals._set(systemId, this.ref);
    }
    this.#inherited._initState();
    if (systemId && this.#stands !== "active") internals._unregister(this.ref);
  }

  get observers(): Set<Observer> {
    this.#observers ??= new Set();
    return this.#observers;
  }

  get eventListeners(): Map<string, Set<Handler>> {
    this.#eventListeners ??= new Map();
    return this.#eventListeners;
  }

  /** Also apart from the actor. */
  get send(): (event: AnyEventObject) => void {
    this.#send ??= Actor.prototype.send.bind(this.ref);
    return this.#send;
  }

  set send(send: (event: AnyEventObject) => void) {
    this.#send = send;
  }

  defer(later: () => void): void {
    if (this.#deferred) this.#deferred.push(later);
    else this.#deferred = [later];
  }

  tellHandlers(event: AnyEventObject): void {
    const { type } = event;
    const of = this.#eventListeners;
    if (!of) return;
    const handlers = [...(of.get(type) ?? []), ...(of.get("*") ?? [])];
    for (const handler of handlers) safely(() => handler(event));
  }

  /** The step is over: what was deferred is done, then whoever observes hears of it. */
  update(snapshot: Snapshot<unknown>, event: AnyEventObject): void {
    this._snapshot = snapshot;
    this.#runDeferred();
    if (this.#stands === "done") this.#end();
    else if (this.#stands === "error") this.#inherited._error(this._snapshot.error);
    else if (this.#stands === "active") this.#tellObservers(snapshot);
    if (isObserved(this.system))
      internalsOf(this.system)._sendInspectionEvent({
        type: "@xstate.snapshot",
        actorRef: this.ref,
        event,
        snapshot,
      });
  }

  _stopProcedure(): this {
    if (this._processingStatus !== isRunning) return this;
    const internals = internalsOf(this.system);
    internals.scheduler.cancelAll(this.ref);
    this.mailbox.clear();
    // Another one, as XState does it: this one may be taking the event that stops the actor.
    this.mailbox = new Mailbox(this.#inherited);
    this._processingStatus = isStopped;
    internals._unregister(this.ref);
    return this;
  }

  _complete(): void {
    for (const observer of this.#observers ?? []) safely(() => observer.complete?.());
    this.#observers = undefined;
    this.#eventListeners = undefined;
  }

  get #inherited(): Inherited {
    return this as unknown as Inherited;
  }

  get #stands(): Snapshot<unknown>["status"] | undefined {
    return this._snapshot?.status;
  }

  /** What they defer themselves is done after them. Where one throws, the others are not done. */
  #runDeferred(): void {
    for (let next = 0; this.#deferred && next < this.#deferred.length; next += 1) {
      try {
        this.#deferred[next]?.();
      } catch (error) {
        this.#deferred = undefined;
        this._snapshot = { ...this._snapshot, status: "error", error } as Snapshot<unknown>;
      }
    }
    this.#deferred = undefined;
  }

  #tellObservers(snapshot: Snapshot<unknown>): void {
    if (!this.#observers) return;
    for (const observer of this.#observers)
      try {
        observer.next?.(snapshot);
      } catch (error) {
        throwLater(error);
      }
  }

  /** Whoever observes hears of the last snapshot as of any, then that there are no more. */
  #end(): void {
    const snapshot = this._snapshot as Snapshot<unknown>;
    this.#tellObservers(snapshot);
    this._stopProcedure();
    this._complete();
    this._doneEvent = { type: `xstate.done.actor.${this.id}`, output: snapshot.output, actorId: this.id };
    internalsOf(this.system)._relay(this.ref, this._parent, this._doneEvent);
  }
}

Object.setPrototypeOf(LightActor.prototype, Actor.prototype);

/** It is not started yet. */
export const lightActor = (logic: AnyActorLogic, options: LightOptions): AnyActorRef =>
  new LightActor(logic, options).ref;
