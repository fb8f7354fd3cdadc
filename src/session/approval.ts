/** What a gateway has decided about a registration, in the words of control events. */
import { RegistrationStatus } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { ControlEvent } from "./control.js";

type Approval = Extract<ControlEvent, { type: "stream.approval" }>["status"];

const approvals: Readonly<Record<number, Approval>> = {
  [RegistrationStatus.UNSPECIFIED]: "unspecified",
  [RegistrationStatus.PENDING]: "pending",
  [RegistrationStatus.APPROVED]: "approved",
  [RegistrationStatus.REJECTED]: "rejected",
};

export const approvalOf = (status: RegistrationStatus): Approval => approvals[status] ?? "other";
