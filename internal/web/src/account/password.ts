import type {PasswordState} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {field, form} from './fields.ts';
import {act, alertBox, card, redraw, say, type Section} from './section.ts';
import {client, me} from './state.ts';

const id = 'password';

// password sets the first password or changes it.
export const password: Section = {
  id,
  async show() {
    const {set, waiting} = await client.call<PasswordState>('GET', '/user/password');
    const old = field(t('account.password.old'), {type: 'password', autocomplete: 'current-password'});
    const next = field(t('account.password.new'), {type: 'password', autocomplete: 'new-password'}, t('account.password.hint'));
    const out = alertBox();
    const change = (button: HTMLElement) => act(id, button, out, async () => {
      await client.setPassword(set ? {oldPassword: old.input.value, newPassword: next.input.value} : {newPassword: next.input.value});
      await redraw(password, made);
      say(t(set ? 'account.password.changed' : 'account.password.added'));
    }, {invalid_credentials: 'account.password.wrong', invalid_request: 'account.password.missing'});
    // Tells password managers whose password this is.
    const {username, email, phone} = me.get();
    const name = h('input', {type: 'text', class: 'hidden', autocomplete: 'username', value: username ?? email ?? phone ?? '', tabIndex: -1, 'aria-hidden': 'true', readOnly: true});
    const made = card(id, h('p', {class: 'soft'}, t(set ? 'account.password.has' : 'account.password.hasNone')),
      !!waiting && h('p', {class: 'warn'}, t('account.password.waiting')),
      form(change, t(set ? 'account.password.change' : 'account.password.set'), name, set && old.row, next.row, out));
    return made;
  },
};
