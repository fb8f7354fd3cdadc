/** What the inspector needs of a runtime that its page may control. */

/** Who asks, as the commands of a registration are told. */
export interface AskedBy {
  /** In words, for journal and log. */
  readonly by: string;
}

/** What the inspector needs of a registration to control it: a `Registration` is one. */
export interface ControlledRegistration {
  /** Ends its stream and keeps everything else. */
  pause(asked: AskedBy): void;
  /** Starts it again after `pause`. */
  resume(asked: AskedBy): void;
  /** A fresh start. */
  restart(asked: AskedBy): void;
  /** Leaves back-off at once. */
  retryNow(asked: AskedBy): void;
  /** Stops it for good. */
  remove(asked: AskedBy): Promise<void>;
}

/** What the inspector needs of a runtime to control it: a runtime is one. */
export interface ControlledRuntime {
  /** Throws INVALID_CONFIG for an unknown key. */
  registration(key: string): ControlledRegistration;
  /** Ends the runtime softly. */
  drain(asked: AskedBy): Promise<unknown>;
}

/** What the inspector's page may do besides watching. */
export interface InspectedControl {
  /** Whether it may do anything. */
  readonly isOn: boolean;
  /** What can be asked for; `drain` is of the whole runtime. */
  readonly commands: readonly string[];
}
