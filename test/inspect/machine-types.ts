/** Everything that the machines and their ports are given, hold and say, as one type: a new machine is in it by itself. */
import type {
  AnyActorLogic,
  AnyStateMachine,
  EventFrom,
  EventFromLogic,
  InputFrom,
  OutputFrom,
  SnapshotFrom,
} from "xstate";
import type * as machines from "../../machines/index.js";
import type { credentialPorts, registrationPorts, supervisorPorts } from "../../machines/ports.js";

interface MachineParts<Machine extends AnyStateMachine> {
  readonly context: SnapshotFrom<Machine>["context"];
  readonly event: EventFrom<Machine>;
  readonly input: InputFrom<Machine>;
  readonly output: OutputFrom<Machine>;
}

interface PortParts<Port extends AnyActorLogic> {
  readonly event: EventFromLogic<Port>;
  readonly input: InputFrom<Port>;
  readonly output: OutputFrom<Port>;
}

type Exported = typeof machines;
type Ports = typeof registrationPorts & typeof credentialPorts & typeof supervisorPorts;

export type Machines = {
  readonly [Name in keyof Exported as Exported[Name] extends AnyStateMachine
    ? Name
    : never]: Exported[Name] extends AnyStateMachine ? MachineParts<Exported[Name]> : never;
};

export type PortTypes = { readonly [Name in keyof Ports]: PortParts<Ports[Name]> };
