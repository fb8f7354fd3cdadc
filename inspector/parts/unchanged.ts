/** Draws anew only what was given something else. */
import { Component, type ComponentChild, type ComponentClass } from "preact";

function differs(a: object, b: object): boolean {
  const before = Object.entries(a);
  const after = new Map<string, unknown>(Object.entries(b));
  return before.length !== after.size || before.some(([name, value]) => after.get(name) !== value);
}

/** For what draws nothing but what it was given. */
export function unlessUnchanged<Props extends object>(
  draw: (props: Props) => ComponentChild,
): ComponentClass<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      return differs(this.props, next);
    }

    override render(): ComponentChild {
      return draw(this.props);
    }
  };
}
