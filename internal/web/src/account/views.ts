import {h, type Child} from '../common/dom.ts';
import {page} from '../common/page.ts';
import {t} from '../common/text.ts';
import {addresses} from './addresses.ts';
import {picture} from './avatar.ts';
import {data, leaving} from './data.ts';
import {events} from './events.ts';
import {factors} from './factors.ts';
import {links} from './links.ts';
import {passkeys} from './passkeys.ts';
import {password} from './password.ts';
import {profile} from './profile.ts';
import {act, alertBox, unread, type Section} from './section.ts';
import {sessions} from './sessions.ts';
import {client, me} from './state.ts';

// The views, each with its sections. The fragment of the URL names a section or a view.
const views: Record<string, Section[]> = {
  profile: [profile],
  security: [addresses, password, passkeys, factors, links],
  devices: [sessions],
  activity: [events],
  data: [data, leaving],
};

const viewOf = (name: string) => Object.keys(views).find(view => view === name || views[view]!.some(s => s.id === name)) ?? 'profile';

// frame shows the page of a signed-in user: the header, the list of views, and the view. go shows a
// section and moves the focus there.
export function frame(): {element: HTMLElement; go(name: string): Promise<void>} {
  const place = h('div', {class: 'view', id: 'view'});
  const links = Object.fromEntries(Object.keys(views).map(view => [view, h('a', {href: `#${view}`}, t(`account.view.${view}`))]));
  let shown = '';

  async function go(name: string, focus = true) {
    const view = viewOf(name);
    if (view !== shown) {
      shown = view;
      for (const [one, link] of Object.entries(links)) {
        one === view ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current');
      }
      await fill(place, views[view]!, () => shown === view);
    }
    if (focus && shown === view) (document.getElementById(`${name}-title`) ?? place.querySelector('h2'))?.focus();
  }

  addEventListener('hashchange', () => void go(location.hash.slice(1)));
  return {
    element: h('div', {class: 'frame'}, header(),
      h('nav', {'aria-label': t('account.title')}, h('ul', null, ...Object.values(links).map(link => h('li', null, link)))), place),
    go: name => go(name, !!name),
  };
}

// fill shows the sections of a view. All are loaded concurrently. Each is shown when those above it
// are, so that the page does not jump.
async function fill(place: HTMLElement, sections: Section[], wanted: () => boolean): Promise<void> {
  const wait = h('div', {class: 'card wait', 'aria-hidden': 'true'}, h('span'), h('span'), h('span'));
  place.replaceChildren(wait);
  place.setAttribute('aria-busy', 'true');
  const reads = sections.map(async (section): Promise<Child> => {
    try {
      return await section.show();
    } catch (err) {
      return unread(section, err);
    }
  });
  for (const read of reads) {
    const card = await read;
    if (!wanted()) return;
    if (card) wait.before(card as Node);
  }
  wait.remove();
  place.removeAttribute('aria-busy');
}

function header(): HTMLElement {
  const out = alertBox();
  const leave = h('button', {type: 'button', onclick: () => act('profile', leave, out, () => client.signOut())}, t('account.signOut'));
  const who = h('div', {class: 'who'});
  const draw = () => {
    const {displayName, username, email, phone} = me.get();
    who.replaceChildren(picture(), h('div', null, h('h1', null, t('account.title')),
      h('p', {class: 'soft small'}, h('bdi', null, displayName ?? username ?? email ?? phone ?? t('account.anonymous')))));
  };
  me.watch(draw);
  draw();
  const {name, logo} = page.brand;
  return h('header', {class: 'stack'},
    h('div', {class: 'row between'}, h('p', {class: 'brand'}, logo ? h('img', {src: logo, alt: name, height: 32}) : name), leave), who, out);
}
