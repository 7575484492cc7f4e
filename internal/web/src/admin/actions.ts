import type {AdminUser, MfaResetResp} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {ask, field, say, type Question} from './dialog.ts';
import {at, fromLocal} from './format.ts';
import {again, link} from './router.ts';
import {client} from './state.ts';
import {title} from './users.ts';

// actions are the buttons for operations on a user. Each asks for confirmation.
export function actions(user: AdminUser): HTMLElement {
  const path = `/admin/users/${user.id}`;
  const name = title(user);
  const button = (action: string, make: () => Omit<Question, 'title' | 'text' | 'action'>, danger = false, then: () => void = again) =>
    h('button', {type: 'button', class: danger ? 'danger' : '', onclick: async () => {
      const done = await ask({title: t(`admin.do.${action}`), text: t(`admin.do.${action}Text`, {name}), action: t(`admin.do.${action}`), danger, ...make()});
      if (!done) return;
      say(t(`admin.done.${action}`));
      then();
    }}, t(`admin.do.${action}`));
  const simple = (method: string, rest: string, body?: object) => () => ({deed: () => client.call(method, path + rest, body)});
  const other = user.role === 'admin' ? 'user' : 'admin';
  return h('div', {class: 'row', role: 'group', 'aria-label': t('admin.do.title')},
    user.status === 'banned' ? button('unban', simple('POST', '/unban')) : button('ban', () => ban(path), true),
    button(other === 'admin' ? 'promote' : 'demote', simple('PUT', '/role', {role: other}), other === 'admin'),
    button('endSessions', simple('DELETE', '/sessions')),
    button('mfaReset', () => mfaReset(path)),
    button('mfaKeep', simple('DELETE', '/mfa/reset')),
    button('erase', () => erase(path, user), true, () => (location.hash = link('users'))));
}

function ban(path: string): Pick<Question, 'fields' | 'deed'> {
  const reason = h('textarea', {required: true, maxLength: 255, rows: 2});
  const until = h('input', {type: 'datetime-local'});
  return {
    fields: [field(t('admin.field.reason'), reason, t('admin.do.banReason')), field(t('admin.field.until'), until, t('admin.do.banUntil'))],
    deed: () => {
      const end = fromLocal(until.value);
      return client.call('POST', `${path}/ban`, {reason: reason.value, ...(end && {until: Math.ceil(end / 1000)})});
    },
  };
}

function mfaReset(path: string): Pick<Question, 'deed'> {
  return {
    deed: async () => {
      const {dueAt} = await client.call<MfaResetResp>('POST', `${path}/mfa/reset`);
      setTimeout(() => say(t('admin.done.mfaResetAt', {time: at(dueAt * 1000).textContent ?? ''})));
    },
  };
}

// erase needs the id to be typed, so that nobody is erased by accident.
function erase(path: string, user: AdminUser): Pick<Question, 'fields' | 'deed'> {
  const typed = h('input', {required: true, pattern: String(user.id), autocomplete: 'off', inputMode: 'numeric', title: t('admin.do.eraseTyped', {id: user.id})});
  return {
    fields: [field(t('admin.do.eraseTyped', {id: user.id}), typed)],
    deed: () => client.call('DELETE', path),
  };
}
