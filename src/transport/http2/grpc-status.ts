/** What gRPC answers are known by: their content type, and status codes, by the names that people know and as causes. */
import type { LinkCause } from "../transport.js";

export const GrpcStatus = {
  OK: 0,
  CANCELED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

const names = new Map<number, string>(Object.entries(GrpcStatus).map(([name, code]) => [code, name]));

/** `UNAVAILABLE` for 14, and so on; an unknown code as a number. */
export const statusName = (code: number): string => names.get(code) ?? String(code);

/** Whether a content type says that an answer is gRPC. */
export const isGrpcContent = (type: string): boolean => /^application\/grpc(?:\+proto)?(?:;|$)/.test(type);

const causes: Readonly<Record<number, LinkCause>> = {
  [GrpcStatus.INVALID_ARGUMENT]: "refused-by-peer",
  [GrpcStatus.UNAUTHENTICATED]: "identity-refused",
  [GrpcStatus.PERMISSION_DENIED]: "access-denied",
  [GrpcStatus.UNAVAILABLE]: "peer-unavailable",
  [GrpcStatus.RESOURCE_EXHAUSTED]: "peer-exhausted",
};

/** What a status other than OK means. */
export const causeOfStatus = (code: number): LinkCause => causes[code] ?? "peer-error";

const doubtful: ReadonlySet<number> = new Set([
  GrpcStatus.INTERNAL,
  GrpcStatus.UNKNOWN,
  GrpcStatus.INVALID_ARGUMENT,
  GrpcStatus.OUT_OF_RANGE,
]);

/** Whether gateways also end a stream so that cannot take a message; not when they restart. */
export const mayBlameMessage = (code: number): boolean => doubtful.has(code);

/**
 * Whether a status says that there is a gateway which answers: it may refuse one registration and take the next.
 * UNAVAILABLE does not: it is what a proxy makes of a gateway that it does not reach.
 */
export const isFromGateway = (code: number): boolean => code !== GrpcStatus.UNAVAILABLE;
