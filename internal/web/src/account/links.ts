import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {confirm} from './dialog.ts';
import {problem} from './errors.ts';
import {when} from './format.ts';
import {act, alertBox, card, redraw, say, type Section} from './section.ts';
import {client, settings} from './state.ts';

const id = 'links';

// The operator chooses the name of a provider; known names are written as their owners do.
const names: Record<string, string> = {
  google: 'Google', apple: 'Apple', github: 'GitHub', gitlab: 'GitLab', kakao: 'Kakao', naver: 'Naver', line: 'LINE', wechat: 'WeChat', facebook: 'Facebook', microsoft: 'Microsoft',
};
const named = (provider: string) => names[provider] ?? provider;

// links shows the accounts at other providers with which the user signs in.
export const links: Section = {
  id,
  async show() {
    const list = await client.social.links();
    const sites = settings.sites ?? [];
    if (list.length === 0 && sites.length === 0) return undefined;
    const out = alertBox();
    const again = () => redraw(links, made);
    const free = sites.filter(site => !list.some(one => one.provider === site));
    const made: HTMLElement = card(id, h('p', {class: 'soft'}, t('account.links.text')),
      list.length > 0 && h('ul', {class: 'list'}, ...list.map(one => {
        const name = named(one.provider);
        const remove = h('button', {type: 'button', class: 'danger', onclick: async () => {
          if (!(await confirm(t('account.links.removeTitle', {name}), t('account.links.removeText', {name}), t('account.remove')))) return;
          await act(id, remove, out, async () => {
            await client.social.unlink(one.provider);
            await again();
            say(t('account.links.removed'));
          });
        }}, t('account.remove'), h('span', {class: 'hidden'}, ` ${name}`));
        return h('li', {class: 'item'},
          h('div', {class: 'grow'}, h('h3', null, name), h('p', {class: 'soft small'}, h('bdi', null, one.email ?? one.subject)),
            h('p', {class: 'soft small'}, t('account.used'), ' ', when(one.lastUsedAt))),
          h('div', {class: 'row'}, remove));
      })),
      list.length === 0 && h('p', null, t('account.links.none')),
      free.length > 0 && h('div', {class: 'row'}, ...free.map(site => {
        const add = h('button', {type: 'button', onclick: () => act(id, add, out, () => leave(site))}, t('account.links.add', {name: named(site)}));
        return add;
      })), out);
    return made;
  },
};

// leave redirects the browser to a provider.
async function leave(provider: string): Promise<void> {
  sessionStorage.setItem(going, '1');
  await client.social.redirect(provider, settings.home!, {link: true});
}

const going = 'user-api.account.linking';

// cameFromSite completes a link that was started here. It returns the section to show and a message
// for it.
export async function cameFromSite(): Promise<{section: string; err?: unknown} | undefined> {
  if (!sessionStorage.getItem(going)) return undefined;
  sessionStorage.removeItem(going);
  try {
    await client.social.finish();
    return {section: id};
  } catch (err) {
    return {section: id, err};
  }
}

// problemOfSite returns the message for a link that failed.
export const problemOfSite = (err: unknown): string => problem(err, {invalid_credentials: 'account.links.refused', invalid_request: 'account.links.refused'});
