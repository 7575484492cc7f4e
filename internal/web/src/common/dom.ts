// dom.ts creates elements. It parses no HTML, so text can never become markup.

export type Child = Node | string | number | false | null | undefined;
type Props = Record<string, unknown>;

// h returns a new element. A prop whose name begins with "on" is a listener, `class` and
// `data-…`, `aria-…` and `role` are attributes, true and false set and leave out an
// attribute; any other is a property of the element, or an attribute where it has none.
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props?: Props | null, ...children: Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

// svg is h for drawings.
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, props?: Props | null, ...children: Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);
}

function fill<E extends Element>(element: E, props: Props | null | undefined, children: Child[]): E {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on') && typeof value === 'function') {
      element.addEventListener(name.slice(2).toLowerCase(), value as EventListener);
    } else if (element instanceof HTMLElement && name in element && !/^(class|role|list|form|aria|data)/.test(name)) {
      (element as unknown as Props)[name] = value;
    } else {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...children.filter(c => c !== false && c !== null && c !== undefined).map(c => (typeof c === 'number' ? String(c) : c as Node | string)));
  return element;
}

// show replaces the contents of an element.
export function show(parent: Element, ...children: Child[]): void {
  parent.replaceChildren();
  fill(parent, null, children);
}
