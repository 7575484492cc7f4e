import type {AdminUser, SessionInfo} from '../../../../clients/ts/src/index.ts';
import {h, type Child} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {actions} from './actions.ts';
import {at, status} from './format.ts';
import {link, type View} from './router.ts';
import {get} from './state.ts';
import {timeline} from './timeline.ts';
import {title} from './users.ts';

// user shows one user: profile, actions, sessions, and a timeline of messages and events.
export const user: View = {
  name: 'user',
  async show(_, id) {
    const found = await get<AdminUser>(`/admin/users/${encodeURIComponent(id)}`);
    return [
      h('p', null, h('a', {href: link('users')}, t('admin.user.back'))),
      h('section', {class: 'card stack', 'aria-labelledby': 'who'}, h('h2', {id: 'who'}, h('bdi', null, title(found))), facts(found), actions(found)),
      h('section', {class: 'card stack', 'aria-labelledby': 'sessions'}, h('h2', {id: 'sessions'}, t('admin.user.sessions')), ...sessions(found.sessions ?? [])),
      h('section', {class: 'card stack', 'aria-labelledby': 'timeline'}, h('h2', {id: 'timeline'}, t('admin.user.timeline')), await timeline(found.id)),
    ];
  },
};

function facts(user: AdminUser): HTMLElement {
  const rows: [string, Child][] = [
    ['id', String(user.id)], ['username', user.username], ['phone', user.phone], ['email', user.email], ['displayName', user.displayName], ['locale', user.locale],
    ['role', t(`admin.role.${user.role}`)], ['status', status(user.anonymous && user.status === 'active' ? 'anonymous' : user.status)],
    ['banReason', user.banReason], ['banUntil', user.status === 'banned' && (user.banUntil ? at(user.banUntil * 1000) : t('admin.user.forGood'))],
    ['since', at(user.createdAt * 1000)],
    ['metadata', user.metadata && JSON.stringify(user.metadata)], ['appMetadata', user.appMetadata && JSON.stringify(user.appMetadata)],
  ];
  return h('dl', {class: 'facts'}, ...rows.filter(([, value]) => value).map(([name, value]) =>
    h('div', null, h('dt', null, t(`admin.field.${name}`)), h('dd', null, typeof value === 'string' ? h('bdi', null, value) : value))));
}

function sessions(list: SessionInfo[]): HTMLElement[] {
  if (list.length === 0) return [h('p', {class: 'soft'}, t('admin.user.noSessions'))];
  return [h('ul', {class: 'list'}, ...list.map(s => h('li', {class: 'item'},
    h('div', {class: 'grow'}, h('p', {class: 'strong'}, h('bdi', null, s.userAgent || t('admin.user.noAgent'))),
      h('p', {class: 'soft small'}, h('bdi', null, s.ip ?? ''), ' · ', h('code', null, s.id))),
    h('p', {class: 'soft small'}, t('admin.user.lastUsed'), ' ', at(s.lastUsedAt * 1000)))))];
}
