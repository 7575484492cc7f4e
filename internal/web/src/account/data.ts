import type {PasswordState} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {page} from '../common/page.ts';
import {t} from '../common/text.ts';
import {save} from './recovery.ts';
import {act, alertBox, card, say, type Section} from './section.ts';
import {client, exported, me} from './state.ts';
import {askToLeave} from './leave.ts';

// data lets the user download all data as a file.
export const data: Section = {
  id: 'data',
  show() {
    const out = alertBox();
    const get = h('button', {type: 'button', onclick: () => act('data', get, out, async () => {
      save(`${page.brand.name}-${me.get().id}.json`, 'application/json', await exported());
      say(t('account.data.done'));
    })}, t('account.data.download'));
    return card('data', h('p', {class: 'soft'}, t('account.data.text')), h('div', {class: 'row'}, get), out);
  },
};

// leaving deletes the account.
export const leaving: Section = {
  id: 'leave',
  show() {
    const out = alertBox();
    const begin = h('button', {type: 'button', class: 'danger', onclick: () => act('leave', begin, out, async () => {
      const {set} = await client.call<PasswordState>('GET', '/user/password');
      askToLeave(set);
    })}, t('account.leave.title'));
    return card('leave', h('p', {class: 'soft'}, t('account.leave.text')), h('div', {class: 'row'}, begin), out);
  },
};
