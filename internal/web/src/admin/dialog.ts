import {ApiError} from '../../../../clients/ts/src/index.ts';
import {h, type Child} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {problem} from './errors.ts';
import {freshLink} from './gate.ts';

let names = 0;

// live announces what was done, also to screen readers. It is empty at first, so that changes are
// noticed.
export const live = h('p', {role: 'status', class: 'toast'});
let fading: ReturnType<typeof setTimeout> | undefined;

export function say(text: string): void {
  live.textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => (live.textContent = ''), 8000);
}

// alertBox is where a part of the page shows an error.
export const alertBox = () => h('p', {role: 'alert', class: 'error'});

// tell shows an error in a box. If a fresh proof is needed, it links to a sign-in that returns to
// the current view.
export function tell(box: HTMLElement, err: unknown): void {
  box.replaceChildren(problem(err));
  if (err instanceof ApiError && err.code === 'reauthentication_required') {
    box.append(' ', h('a', {href: freshLink()}, t('admin.stale.go')));
  }
}

// busy runs the action of a button and disables the button meanwhile. It reports whether the action
// succeeded; errors are shown in the box.
export async function busy(button: HTMLElement, box: HTMLElement, deed: () => Promise<unknown>): Promise<boolean> {
  if (button.getAttribute('aria-busy') === 'true') return false;
  button.setAttribute('aria-busy', 'true');
  box.textContent = '';
  try {
    await deed();
    return true;
  } catch (err) {
    tell(box, err);
    return false;
  } finally {
    button.removeAttribute('aria-busy');
  }
}

// Question is a dialog that asks for confirmation.
export interface Question {
  title: string;
  text: string;
  action: string;
  // fields are shown above the buttons.
  fields?: Child[];
  danger?: boolean;
  // deed performs the operation. It is not called while a field is invalid.
  deed: () => Promise<unknown>;
}

// ask shows a question and resolves with whether the operation was done. The browser traps the
// focus, closes the dialog on Escape, and restores the focus.
export function ask(q: Question): Promise<boolean> {
  const id = `dialog-${++names}`;
  const box = alertBox();
  const submit = h('button', {class: q.danger ? 'danger' : 'main'}, q.action);
  const form = h('form', {class: 'stack', onsubmit: async (event: Event) => {
    event.preventDefault();
    if (await busy(submit, box, q.deed)) dialog.close('done');
  }}, h('h2', {id}, q.title), h('p', null, q.text), ...(q.fields ?? []), box,
  h('div', {class: 'row end'}, h('button', {type: 'button', onclick: () => dialog.close()}, t('admin.cancel')), submit));
  const dialog = h('dialog', {class: 'card', 'aria-labelledby': id}, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise(resolve => dialog.addEventListener('close', () => {
    dialog.remove();
    resolve(dialog.returnValue === 'done');
  }));
}

// field returns a control with its label and an optional hint.
export function field(label: string, control: HTMLElement, hint?: string): HTMLElement {
  const id = `field-${++names}`;
  control.id = id;
  if (hint) control.setAttribute('aria-describedby', `${id}-hint`);
  return h('div', {class: 'field'}, h('label', {htmlFor: id}, label), control, hint && h('p', {class: 'soft small', id: `${id}-hint`}, hint));
}
