import type {SessionInfo} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {device} from './agents.ts';
import {confirm} from './dialog.ts';
import {when} from './format.ts';
import {act, alertBox, card, redraw, say, type Section} from './section.ts';
import {client} from './state.ts';

const id = 'devices';

// sessions lists the devices on which the user is signed in.
export const sessions: Section = {
  id,
  async show() {
    const list = await client.sessions.list();
    list.sort((a, b) => Number(b.current) - Number(a.current) || b.lastUsedAt - a.lastUsedAt);
    const out = alertBox();
    const others = list.length - 1;
    const again = () => redraw(sessions, made);
    const all = h('button', {type: 'button', class: 'danger', onclick: async () => {
      if (!(await confirm(t('account.devices.endOthers'), t('account.devices.endOthersText'), t('account.devices.endOthers')))) return;
      await act(id, all, out, async () => {
        await client.sessions.endOthers();
        await again();
        say(t('account.devices.endedOthers'));
      });
    }}, t('account.devices.endOthers'));
    const made: HTMLElement = card(id, h('p', {class: 'soft'}, t('account.devices.text')),
      h('ul', {class: 'list'}, ...list.map(one => h('li', {class: 'item'}, ...row(one, out, again)))),
      others > 0 && h('div', {class: 'row'}, all), out);
    return made;
  },
};

function row(one: SessionInfo, out: HTMLElement, again: () => Promise<void>): (HTMLElement | false)[] {
  const name = device(one.userAgent);
  const end = h('button', {type: 'button', onclick: () => act(id, end, out, async () => {
    await client.sessions.end(one.id);
    await again();
    say(t('account.devices.ended'));
  })}, t('account.devices.end'), h('span', {class: 'hidden'}, ` ${name}`));
  return [
    h('div', {class: 'grow'},
      h('h3', null, h('bdi', null, name), one.current && h('span', {class: 'badge'}, t('account.devices.current'))),
      !!one.clientId && h('p', {class: 'small'}, t('account.devices.application'), ' ', h('bdi', null, one.clientId)),
      h('p', {class: 'soft small'}, t('account.devices.address'), ' ', h('bdi', null, one.ip)),
      h('p', {class: 'soft small'}, t('account.devices.since'), ' ', when(one.createdAt), ' · ', t('account.used'), ' ', when(one.lastUsedAt))),
    !one.current && h('div', {class: 'row'}, end),
  ];
}
