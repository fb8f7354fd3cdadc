/** The feed as event streams, one for each viewer, and what each says that it looks at. */
import type { ServerResponse } from "node:http";
import { ApiError } from "../serving/api-error.js";
import { securityHeaders } from "../serving/page-headers.js";
import type { FeedViewer, InspectionFeed } from "./feed.js";
import type { Look } from "./looking.js";

/** A viewer with more than this unread is handed nothing; what it misses then is kept short. */
const unreadMost = 1024 * 1024;

/** Registrations, and hosts of them, that one viewer looks at. */
const lookedAtMost = 64;

const tooMany = () =>
  new ApiError(
    400,
    "TOO_MUCH_LOOKED_AT",
    `At most ${lookedAtMost} of "key" and of "actor" can be looked at by one viewer: name fewer.`,
  );

function numberOf(text: string): number {
  if (!/^\d{1,15}$/.test(text))
    throw new ApiError(400, "INVALID_ACTOR", 'Each "actor" must be the number of an actor, such as 1.');
  return Number(text);
}

/** Of the address `/look?viewer=1&key=KEY&actor=NUMBER`; each of both as often as wanted. */
export function lookOf(asked: URLSearchParams): Look {
  const [keys, actors] = [asked.getAll("key"), asked.getAll("actor").map(numberOf)];
  if (keys.length > lookedAtMost || actors.length > lookedAtMost) throw tooMany();
  return { keys, actors };
}

export class EventStreams {
  readonly #feed: InspectionFeed;
  readonly #viewers = new Map<string, FeedViewer>();

  constructor(feed: InspectionFeed) {
    this.#feed = feed;
  }

  open(response: ServerResponse): void {
    response.writeHead(200, { ...securityHeaders, "content-type": "text/event-stream" });
    response.flushHeaders();
    const viewer = this.#feed.connect({
      isReady: () => response.writableLength < unreadMost,
      take: (messages) => void response.write(`data: ${JSON.stringify(messages)}\n\n`),
    });
    const name = String(viewer.number);
    this.#viewers.set(name, viewer);
    response.once("close", () => {
      this.#viewers.delete(name);
      viewer.leave();
    });
  }

  look(name: string | null, look: Look): void {
    const viewer = this.#viewers.get(name ?? "");
    if (!viewer)
      throw new ApiError(
        404,
        "UNKNOWN_VIEWER",
        `"viewer" must be the number that the feed's greeting named; nobody is "${(name ?? "").slice(0, 20)}".`,
      );
    viewer.look(look);
  }
}
