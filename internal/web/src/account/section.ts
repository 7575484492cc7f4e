import {ApiError} from '../../../../clients/ts/src/index.ts';
import {h, show, type Child} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {problem, type Own} from './errors.ts';
import {askAgain} from './fresh.ts';

// Section is one card of the page. It is shown when show resolves. If show resolves with nothing,
// the service does not have this feature.
export interface Section {
  id: string;
  show(): Promise<HTMLElement | undefined> | HTMLElement | undefined;
}

// live announces what was done, also to screen readers. It is empty at first, so that changes are
// noticed.
export const live = h('p', {role: 'status', class: 'toast'});
let fading: ReturnType<typeof setTimeout> | undefined;

export function say(text: string): void {
  live.textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => (live.textContent = ''), 8000);
}

// card creates the element of a section. Its heading gets the focus when a user navigates to it.
export function card(id: string, ...children: Child[]): HTMLElement {
  return h('section', {class: 'card stack', id, 'aria-labelledby': `${id}-title`},
    h('h2', {id: `${id}-title`, tabIndex: -1}, t(`account.${id}.title`)), ...children);
}

// alertBox is where a card or a form shows an error.
export const alertBox = () => h('p', {role: 'alert', class: 'error'});

// act runs the action of a button and disables the button meanwhile. Errors are shown in out; if a
// fresh sign-in is needed, the user is sent to it and back to the section. It reports whether the
// action succeeded.
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

// unread shows the card of a section that could not be loaded, with a button to try again.
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

// redraw replaces the card of a section, and keeps the focus at its heading if it was inside.
export async function redraw(section: Section, old: HTMLElement): Promise<void> {
  const within = old.contains(document.activeElement);
  const next = await section.show();
  if (next) old.replaceWith(next);
  else show(old);
  if (within) next?.querySelector('h2')?.focus();
}
