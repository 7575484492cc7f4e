import {h, show} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {alertBox, tell} from './dialog.ts';

// View is a part of the page, shown at the fragment with its name. The part of the fragment after a
// slash is passed as rest.
export interface View {
  name: string;
  show(params: URLSearchParams, rest: string): Promise<HTMLElement[]>;
}

// link returns the fragment of a view with parameters, omitting empty ones.
export function link(name: string, params: Record<string, string | number | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) if (value !== undefined && value !== '') query.set(key, String(value));
  return `#${name}${query.size ? `?${query}` : ''}`;
}

let turn = 0;

// frame shows the view that the fragment names. heading is its title, which gets the focus when the
// view changes.
export function frame(views: View[], tabs: string[]): HTMLElement {
  const links = tabs.map(name => h('a', {href: link(name)}, t(`admin.view.${name}`)));
  const place = h('div', {class: 'view stack'});
  const go = async (moved: boolean) => {
    const mine = ++turn;
    const [path = '', query = ''] = location.hash.slice(1).split('?', 2);
    const [name = '', rest = ''] = path.split('/', 2);
    const view = views.find(v => v.name === name) ?? views[0]!;
    const tab = view.name === 'user' ? 'users' : view.name;
    links.forEach((a, i) => (tabs[i] === tab ? a.setAttribute('aria-current', 'page') : a.removeAttribute('aria-current')));
    const heading = h('h1', {tabIndex: -1}, t(`admin.view.${view.name}`));
    const box = alertBox();
    show(place, heading, h('div', {class: 'wait', 'aria-hidden': 'true'}, h('span'), h('span'), h('span')));
    if (moved) heading.focus();
    try {
      const parts = await view.show(new URLSearchParams(query), rest);
      if (mine === turn) show(place, heading, ...parts);
    } catch (err) {
      if (mine !== turn) return;
      show(place, heading, h('section', {class: 'card stack'}, box,
        h('div', {class: 'row'}, h('button', {type: 'button', onclick: () => go(true)}, t('admin.retry')))));
      tell(box, err);
    }
  };
  addEventListener('hashchange', () => void go(true));
  addEventListener('again', () => void go(true));
  void go(false);
  return h('div', {class: 'frame'}, h('nav', {'aria-label': t('admin.title')}, ...links), place);
}

// again shows the view again after a change.
export const again = (): void => void dispatchEvent(new Event('again'));
