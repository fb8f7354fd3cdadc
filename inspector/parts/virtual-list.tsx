/** A list of any length, of which only what is seen is in the page. Led by the keyboard, as a list box is. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  readonly label: string;
  readonly count: number;
  readonly rowHeight: number;
  /** The row that is marked; -1: none. */
  readonly marked: number;
  /** A row that is brought into sight whenever it is another. */
  readonly reveal?: number | undefined;
  readonly row: (place: number) => ComponentChildren;
  readonly nameOf: (place: number) => string;
  readonly onMark: (place: number) => void;
  /** A click, or Enter. */
  readonly onChoose: (place: number) => void;
}

const spare = 4;

const steps: Readonly<Record<string, (place: number, page: number, last: number) => number>> = {
  ArrowDown: (place) => place + 1,
  ArrowUp: (place) => place - 1,
  PageDown: (place, page) => place + page,
  PageUp: (place, page) => place - page,
  Home: () => 0,
  End: (_place, _page, last) => last,
};

export function VirtualList({
  label,
  count,
  rowHeight,
  marked,
  reveal: wanted,
  row,
  nameOf,
  onMark,
  onChoose,
}: Props) {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(600);
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return;
    const watch = new ResizeObserver(() => {
      height.value = current.clientHeight;
    });
    watch.observe(current);
    return () => watch.disconnect();
  }, [height]);
  const first = Math.max(0, Math.min(count, Math.floor(top.value / rowHeight)) - spare);
  const last = Math.min(count, Math.ceil((top.value + height.value) / rowHeight) + spare);

  const reveal = (place: number): void => {
    const { current } = box;
    if (!current) return;
    if (place * rowHeight < current.scrollTop) current.scrollTop = place * rowHeight;
    const below = (place + 1) * rowHeight - current.clientHeight;
    if (below > current.scrollTop) current.scrollTop = below;
  };
  useLayoutEffect(() => {
    const { current } = box;
    if (wanted === undefined || !current) return;
    const place = wanted * rowHeight;
    const isSeen =
      place >= current.scrollTop && place + rowHeight <= current.scrollTop + current.clientHeight;
    if (!isSeen) current.scrollTop = place - (current.clientHeight - rowHeight) / 2;
  }, [wanted, rowHeight, count]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && marked >= 0) onChoose(marked);
    const step = steps[event.key];
    if (!step || count === 0) return;
    event.preventDefault();
    const page = Math.max(1, Math.floor(height.value / rowHeight) - 1);
    const next = Math.min(count - 1, Math.max(0, step(marked, page, count - 1)));
    onMark(next);
    reveal(next);
  };

  const id = label.replace(/\W/g, "-");
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at);
  return (
    <div
      ref={box}
      class="virtual"
      role="listbox"
      aria-label={label}
      aria-activedescendant={marked >= first && marked < last ? `${id}-${marked}` : undefined}
      tabIndex={0}
      onScroll={() => {
        top.value = box.current?.scrollTop ?? 0;
      }}
      onKeyDown={onKeyDown}
    >
      <div class="virtual-rows" role="presentation" style={{ height: `${count * rowHeight}px` }}>
        {rows.map((place) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the list box leads the keyboard
          // biome-ignore lint/a11y/useFocusableInteractive: the list box has the focus, and names the marked option
          <div
            key={place}
            id={`${id}-${place}`}
            class="virtual-row"
            role="option"
            aria-selected={place === marked}
            data-name={nameOf(place)}
            style={{ transform: `translateY(${place * rowHeight}px)`, height: `${rowHeight}px` }}
            onClick={() => onChoose(place)}
          >
            {row(place)}
          </div>
        ))}
      </div>
    </div>
  );
}
