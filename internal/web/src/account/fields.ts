import {h, type Child} from '../common/dom.ts';

let count = 0;

// field returns a labelled input with a hint below it.
export function field(label: string, props: Record<string, unknown>, hint?: string): {row: HTMLElement; input: HTMLInputElement} {
  const id = `field-${++count}`;
  const input = h('input', {id, 'aria-describedby': hint && `${id}-hint`, ...props});
  return {row: labelled(id, label, input, hint), input};
}

// choice returns a labelled select.
export function choice(label: string, options: [value: string, text: string][], value: string): {row: HTMLElement; input: HTMLSelectElement} {
  const id = `field-${++count}`;
  const input = h('select', {id}, ...options.map(([option, text]) => h('option', {value: option, selected: option === value}, text)));
  return {row: labelled(id, label, input), input};
}

function labelled(id: string, label: string, input: HTMLElement, hint?: string): HTMLElement {
  return h('div', null, h('label', {htmlFor: id}, label), input, hint && h('p', {class: 'soft small hint', id: `${id}-hint`}, hint));
}

// form returns a form that runs its handler on submit.
export function form(send: (button: HTMLButtonElement) => void, action: string, ...children: Child[]): HTMLFormElement {
  const button = h('button', {class: 'main'}, action);
  return h('form', {class: 'stack', noValidate: true, onsubmit: (e: Event) => {
    e.preventDefault();
    send(button);
  }}, ...children, h('div', {class: 'row'}, button));
}
