/** What tells of trouble in a registration's work: when it last happened, in ms since 1970; null: never. */
export interface WorkSigns {
  /** A request found the queue full. */
  queueFullAt: number | null;
  /** A request was longer than may be taken, or a result than the gateway takes. */
  oversizedAt: number | null;
}

export const noWorkSigns = (): WorkSigns => ({ queueFullAt: null, oversizedAt: null });
