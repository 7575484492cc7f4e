import type {ApiError} from '../../../../clients/ts/src/index.ts';
import {h, show, type Child} from '../common/dom.ts';
import type {Flow} from './flow.ts';

// A counter that makes ids unique if several forms are on one page.
let made = 0;

export interface Field {
  element: HTMLElement;
  input: HTMLInputElement;
  // hint changes the text below the field.
  hint(...text: Child[]): void;
  // fail shows an error instead of the hint; '' removes it.
  fail(text: string, err?: ApiError): void;
}

// field creates an input with its label, and space for two lines below.
export function field(label: string, props: Record<string, unknown>, hint: Child = '', before?: Child): Field {
  const id = `field-${++made}`;
  const input = h('input', {id, 'aria-describedby': `${id}-hint ${id}-error`, ...props});
  const hinted = h('p', {id: `${id}-hint`, class: 'soft'}, hint);
  const error = h('p', {id: `${id}-error`, class: 'error', role: 'alert'});
  return {
    input,
    element: h('div', {class: 'field'}, h('label', {htmlFor: id}, label), h('div', {class: 'inputs'}, before, input), h('div', {class: 'below small'}, hinted, error)),
    hint: (...text) => show(hinted, ...text),
    fail(text) {
      hinted.hidden = !!text;
      show(error, text);
      if (text) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
    },
  };
}

// password is a field whose text can be revealed.
export function password(flow: Flow, label: string, autocomplete: string, hint: Child = ''): Field {
  const one = field(label, {type: 'password', autocomplete, required: true, maxLength: 128}, hint);
  const eye = h('button', {
    type: 'button', class: 'show', 'aria-pressed': 'false', 'aria-controls': one.input.id,
    onClick() {
      const shown = one.input.type === 'password';
      one.input.type = shown ? 'text' : 'password';
      eye.setAttribute('aria-pressed', String(shown));
    },
  }, flow.t('signin.show'));
  one.input.after(eye);
  return one;
}

// form submits its input when the button is pressed. Errors are shown at the field, or by the given
// function.
export function form(flow: Flow, main: string, at: Field | Note, children: Child[], submit: () => Promise<void>): HTMLFormElement {
  const element = h('form', {
    class: 'stack', noValidate: true,
    onSubmit(event: Event) {
      event.preventDefault();
      void flow.work((text, err) => {
        at.fail(text, err);
        if (text) element.querySelector<HTMLElement>('[aria-invalid]')?.focus();
      }, submit);
    },
  }, ...children, h('button', {class: 'main wide'}, main));
  return element;
}

export interface Note {
  element: HTMLElement;
  fail(text: string, err?: ApiError): void;
}

// note is space for messages of a step without a field.
export function note(): Note {
  const error = h('p', {class: 'error', role: 'alert'});
  return {element: h('div', {class: 'below small'}, error), fail: text => show(error, text)};
}

// link is a button for an alternative.
export function link(text: string, onClick: () => void): HTMLButtonElement {
  return h('button', {type: 'button', class: 'link', onClick}, text);
}
