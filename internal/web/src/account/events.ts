import type {OwnEvent} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {page} from '../common/page.ts';
import {t} from '../common/text.ts';
import {device} from './agents.ts';
import {at} from './format.ts';
import {act, alertBox, card, type Section} from './section.ts';
import {client} from './state.ts';

const id = 'activity';
const size = 20;

// Event types that a user should check.
const alarming = /_failed$|^(limited|refresh_reused|passkey_cloned|banned|mfa_reset_asked|mfa_reset|password_reset_asked)$/;

// events shows the recent events of the account.
export const events: Section = {
  id,
  async show() {
    const list = h('ol', {class: 'list'});
    const out = alertBox();
    let next: string | undefined;
    const more = h('button', {type: 'button', onclick: () => act(id, more, out, async () => {
      const first = await read();
      first?.focus();
    })}, t('account.activity.more'));

    // read adds a page and returns its first item.
    async function read(): Promise<HTMLElement | undefined> {
      const answer = await client.events({cursor: next, limit: size});
      next = answer.next;
      more.hidden = !next;
      const items = answer.events.map(item);
      list.append(...items);
      return items[0];
    }

    await read();
    return card(id, h('p', {class: 'soft'}, t('account.activity.text')),
      list.childElementCount ? list : h('p', null, t('account.activity.none')), h('div', {class: 'row'}, more), out);
  },
};

function item(e: OwnEvent): HTMLElement {
  const details = [
    e.reason && page.texts[`account.reason.${e.reason}`], e.by && t(`account.by.${e.by}`), e.to,
    e.current ? t('account.devices.current') : e.userAgent && device(e.userAgent), e.ip,
  ].filter(part => part);
  return h('li', {class: `item event${alarming.test(e.type) ? ' look' : ''}`, tabIndex: -1},
    h('div', {class: 'grow'}, h('h3', null, t(`account.event.${e.type}`)),
      details.length > 0 && h('p', {class: 'soft small'}, ...details.flatMap((part, i) => [i > 0 && ' · ', h('bdi', null, part)]))),
    h('p', {class: 'soft small'}, at(e.at)));
}
