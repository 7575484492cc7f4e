import type {AddressKind, Ticket} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {page} from '../common/page.ts';
import {t} from '../common/text.ts';
import {codeEntry} from './code.ts';
import {confirm} from './dialog.ts';
import {field, form} from './fields.ts';
import {act, alertBox, card, say, type Section} from './section.ts';
import {client, me, settings} from './state.ts';

const id = 'addresses';

// addresses shows the phone number and the e-mail address, to be added, replaced or removed.
export const addresses: Section = {
  id,
  show: () => card(id, h('p', {class: 'soft'}, t('account.addresses.text')), address('phone'), settings.mail && address('email')),
};

// address shows one address. It redraws itself.
function address(kind: AddressKind): HTMLElement {
  const out = alertBox();
  const value = me.get()[kind];
  const add = h('button', {type: 'button', onclick: () => ask()}, t(value ? 'account.replace' : 'account.add'));
  const remove = h('button', {type: 'button', class: 'danger', onclick: async () => {
    if (!(await confirm(t(`account.addresses.remove.${kind}`), t('account.addresses.removeText'), t('account.remove')))) return;
    await act(id, remove, out, async () => {
      me.set(await client.addresses.remove(kind));
      done(t('account.addresses.removed'));
    });
  }}, t('account.remove'));
  const label = (text: string) => h('span', {class: 'hidden'}, ` ${text}`);
  const name = t(`account.addresses.${kind}`);
  add.append(label(name));
  remove.append(label(name));
  const below = h('div', null, out);
  const item = h('div', {class: 'item'},
    h('div', {class: 'grow'}, h('h3', null, name), h('p', {class: value ? '' : 'soft'}, h('bdi', null, value ?? t('account.addresses.none')))),
    h('div', {class: 'row'}, add, value && remove), below);

  function done(text: string) {
    const next = address(kind);
    item.replaceWith(next);
    next.querySelector('button')?.focus();
    say(text);
  }

  function ask() {
    const phone = kind === 'phone';
    const {row, input} = field(t(`account.addresses.new.${kind}`), {
      type: phone ? 'tel' : 'email', autocomplete: phone ? 'tel' : 'email', maxLength: 254, dir: 'ltr', spellcheck: false, autocapitalize: 'none',
    }, phone ? t('account.addresses.phoneHint') : undefined);
    const wrong = alertBox();
    const send = (button: HTMLElement) => act(id, button, wrong, async () => {
      const text = input.value.trim();
      const ticket = await client.addresses.ask(phone ? {phone: text} : {email: text, locale: page.locale});
      enter(ticket);
    });
    below.replaceChildren(form(send, t('account.code.send'), row, wrong));
    cancelable();
    input.focus();
  }

  function enter(ticket: Ticket) {
    below.replaceChildren(codeEntry({section: id, ticket, action: t('account.addresses.verify'), async use(otp) {
      me.set(await client.addresses.verify(kind, ticket.otpId, otp));
      done(t('account.addresses.bound'));
    }}));
    cancelable();
  }

  // cancelable adds a button back to the previous form.
  function cancelable() {
    add.hidden = remove.hidden = true;
    below.querySelector('form > .row:has(> .main)')?.append(h('button', {type: 'button', onclick: () => {
      const next = address(kind);
      item.replaceWith(next);
      next.querySelector('button')?.focus();
    }}, t('account.cancel')));
  }

  return item;
}
