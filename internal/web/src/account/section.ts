import {ApiError} from '../../../../clients/ts/src/index.ts';
import {h, show, type Child} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {problem, type Own} from './errors.ts';
import {askAgain} from './fresh.ts';

// Section is one card of the page. It is shown once show resolves; with nothing where the
// service has no such thing.
export interface Section {
  id: string;
  show(): Promise<HTMLElement | undefined> | HTMLElement | undefined;
}

// live says what was done, for everybody and by screen readers. It is empty at first so that
// what is put into it is noticed.
export const live = h('p', {role: 'status', class: 'toast'});
let fading: ReturnType<typeof setTimeout> | undefined;

export function say(text: string): void {
  live.textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => (live.textContent = ''), 8000);
}

// card makes the element of a section. Its heading takes the focus when somebody goes there.
export function card(id: string, ...children: Child[]): HTMLElement {
  return h('section', {class: 'card stack', id, 'aria-labelledby': `${id}-title`},
    h('h2', {id: `${id}-title`, tabIndex: -1}, t(`account.${id}.title`)), ...children);
}

// alertBox is where a card or a form tells what went wrong.
export const alertBox = () => h('p', {role: 'alert', class: 'error'});

// act does the deed of a button, which takes no second press meanwhile. What fails is told in
// out; where a fresh sign-in is needed, the user is led to it and back to the section. It
// reports whether the deed was done.
export async function act(section: string, button: HTMLElement, out: HTMLElement, deed: () => Promise<unknown>, own?: Own): Promise<boolean> {
  if (button.getAttribute('aria-busy') === 'true') return false;
  button.setAttribute('aria-busy', 'true');
  out.textContent = '';
  try {
    await deed();
    return true;
  } catch (err) {
    if (err instanceof ApiError && err.code === 'reauthentication_required') askAgain(section);
    else out.textContent = problem(err, own);
    return false;
  } finally {
    button.removeAttribute('aria-busy');
  }
}

// unread is the card of a section that could not be read, with a button to try again.
export function unread(section: Section, err: unknown): HTMLElement {
  const box = h('p', {role: 'alert', class: 'error'}, problem(err));
  const again = h('button', {type: 'button', onclick: async () => {
    const whole = await act(section.id, again, box, async () => {
      const next = await section.show();
      next ? shown.replaceWith(next) : shown.remove();
      next?.querySelector('h2')?.focus();
    });
    if (whole) say(t('account.loaded'));
  }}, t('account.retry'));
  const shown = card(section.id, box, h('div', {class: 'row'}, again));
  return shown;
}

// redraw shows a section's card anew, in its place, and keeps the focus at its heading where
// it was within.
export async function redraw(section: Section, old: HTMLElement): Promise<void> {
  const within = old.contains(document.activeElement);
  const next = await section.show();
  if (next) old.replaceWith(next);
  else show(old);
  if (within) next?.querySelector('h2')?.focus();
}
