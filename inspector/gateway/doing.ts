/** Does what somebody asked for, and says what came of it. */
import { signal } from "@preact/signals";
import { type Action, type Answer, ask } from "./ask.js";

export interface Notice {
  readonly tone: "good" | "bad";
  readonly words: string;
}

export const notice = signal<Notice | undefined>(undefined);

export interface NamedAction {
  readonly name: string;
  readonly action: Action;
}

/** The commands that are shown; none: nobody asked for them. */
export const shownCurls = signal<readonly NamedAction[]>([]);

/** What went well is read in a moment; what did not stays until it is put away. */
const shownMs = 6_000;
let hiding: ReturnType<typeof setTimeout> | undefined;

function tell(news: Notice): void {
  clearTimeout(hiding);
  notice.value = news;
  if (news.tone === "bad") return;
  hiding = setTimeout(() => {
    notice.value = undefined;
  }, shownMs);
}

export async function act({ name, action }: NamedAction, done: (body: unknown) => string): Promise<Answer> {
  const answer = await ask(action);
  tell(
    answer.isDone
      ? { tone: "good", words: done(answer.body) }
      : { tone: "bad", words: `${name}: ${answer.words}` },
  );
  return answer;
}
