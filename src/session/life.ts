/**
 * Where a stream stands, as its session sees it, and what each event makes of that. Plain functions: a message that
 * brings work asks none of them.
 *
 *              opened     accepted   finished    ended
 *   unbound    early      accepted   -           ended
 *   early      -          accepted   finishing   ended
 *   accepted   -          -          finishing   ended
 *   finishing  -          finishing  -           ended
 *   ended      -          -          -           -
 */

/** The opening is not done; a fast gateway sends that early. */
interface Unbound {
  readonly name: "unbound";
}

/** The register request is out, and not accepted. */
interface Early {
  readonly name: "early";
  readonly boundAt: number;
}

interface Accepted {
  readonly name: "accepted";
}

/** Half-closed by us: what the peer still sends is taken. */
interface Finishing {
  readonly name: "finishing";
  readonly before: Early | Accepted;
}

interface Ended {
  readonly name: "ended";
}

export type Life = Unbound | Early | Accepted | Finishing | Ended;

export const unbound: Life = { name: "unbound" };
const accepted: Accepted = { name: "accepted" };
export const ended: Life = { name: "ended" };

/** `at` in ms. A gateway may have accepted before the opening was done. */
export const opened = (life: Life, at: number): Life =>
  life.name === "unbound" ? { name: "early", boundAt: at } : life;

export function acceptedBy(life: Life): Life {
  switch (life.name) {
    case "unbound":
    case "early":
      return accepted;
    case "finishing":
      return { name: "finishing", before: accepted };
    case "accepted":
    case "ended":
      return life;
  }
}

export const finished = (life: Life): Life =>
  life.name === "early" || life.name === "accepted" ? { name: "finishing", before: life } : life;

/** The half-close changes nothing of what the peer has said before. */
const beforeFinish = (life: Life) => (life.name === "finishing" ? life.before : life);

export const isAccepted = (life: Life): boolean => beforeFinish(life).name === "accepted";

/** Since when the register request waits for its answer, in ms; undefined when it does not. */
export function unansweredSince(life: Life): number | undefined {
  const stand = beforeFinish(life);
  return stand.name === "early" ? stand.boundAt : undefined;
}
