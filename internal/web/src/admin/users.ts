import type {AdminUser, ListUsersResp} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {field} from './dialog.ts';
import {on, status} from './format.ts';
import {link, type View} from './router.ts';
import {get} from './state.ts';
import {pages, table} from './table.ts';

const size = 50;

// title returns the name of a user for headings and lists.
export const title = (user: AdminUser): string => user.displayName || user.username || user.phone || user.email || String(user.id);

// users is the search for users.
export const users: View = {
  name: 'users',
  async show(params) {
    const q = h('input', {type: 'search', value: params.get('q') ?? '', maxLength: 254, autocomplete: 'off', spellcheck: false});
    const state = h('select', null, ...['', 'active', 'banned', 'anonymous'].map(value => h('option', {value}, t(`admin.status.${value || 'any'}`))));
    state.value = params.get('status') ?? '';
    const form = h('form', {class: 'search', role: 'search', onsubmit: (event: Event) => {
      event.preventDefault();
      location.hash = link('users', {q: q.value.trim(), status: state.value});
    }}, field(t('admin.users.q'), q, t('admin.users.hint')), field(t('admin.users.status'), state), h('button', {class: 'main'}, t('admin.find')));
    const shown = table<AdminUser>(t('admin.users.title'), [
      {title: t('admin.users.name'), cell: user => h('a', {href: link(`user/${user.id}`)}, h('bdi', null, title(user)))},
      {title: t('admin.field.username'), cell: user => user.username && h('bdi', null, user.username)},
      {title: t('admin.users.phone'), cell: user => user.phone && h('bdi', {class: 'fixed'}, user.phone)},
      {title: t('admin.users.email'), cell: user => user.email && h('bdi', null, user.email)},
      {title: t('admin.users.status'), cell: user => [status(user.status), user.role === 'admin' && h('span', {class: 'badge warn'}, t('admin.role.admin'))]},
      {title: t('admin.users.since'), cell: user => on(user.createdAt * 1000)},
    ]);
    const list = await pages(shown.element, t('admin.users.none'), async cursor => {
      const {users, next} = await get<ListUsersResp>('/admin/users', {q: params.get('q') ?? '', status: params.get('status') ?? '', cursor, limit: size});
      return {items: users, next};
    }, shown.add);
    return [h('section', {class: 'card stack'}, form), h('section', {class: 'card stack'}, list)];
  },
};
