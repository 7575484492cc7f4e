import type {Passkey} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {device} from './agents.ts';
import {confirm, openDialog} from './dialog.ts';
import {field, form} from './fields.ts';
import {when} from './format.ts';
import {act, alertBox, card, redraw, say, type Section} from './section.ts';
import {client, settings} from './state.ts';

const id = 'passkeys';

// passkeys lists, adds, renames and removes passkeys.
export const passkeys: Section = {
  id,
  async show() {
    if (!settings.passkeys) return undefined;
    const list = await client.passkeys.list();
    const out = alertBox();
    const add = h('button', {type: 'button', class: 'main', onclick: () => act(id, add, out, async () => {
      await client.passkeys.add(device(navigator.userAgent).slice(0, 64));
      await redraw(passkeys, made);
      say(t('account.passkeys.added'));
    })}, t('account.passkeys.add'));
    const possible = client.passkeys.supported();
    const made: HTMLElement = card(id, h('p', {class: 'soft'}, t('account.passkeys.text')),
      list.length > 0 && h('ul', {class: 'list'}, ...list.map(one => h('li', {class: 'item'}, ...row(one, () => redraw(passkeys, made))))),
      list.length === 0 && h('p', null, t('account.passkeys.none')),
      possible ? h('div', {class: 'row'}, add) : h('p', {class: 'soft'}, t('account.passkeys.unsupported')), out);
    return made;
  },
};

function row(one: Passkey, again: () => Promise<void>): HTMLElement[] {
  const out = alertBox();
  const name = one.name || one.authenticator || t('account.passkeys.unnamed');
  const rename = h('button', {type: 'button', onclick: () => renaming(one, name, again)}, t('account.passkeys.rename'), h('span', {class: 'hidden'}, ` ${name}`));
  const remove = h('button', {type: 'button', class: 'danger', onclick: async () => {
    if (!(await confirm(t('account.passkeys.removeTitle', {name}), t('account.passkeys.removeText'), t('account.remove')))) return;
    await act(id, remove, out, async () => {
      await client.passkeys.remove(one.id);
      await again();
      say(t('account.passkeys.removed'));
    });
  }}, t('account.remove'), h('span', {class: 'hidden'}, ` ${name}`));
  const kind = [one.authenticator !== name && one.authenticator, one.synced ? t('account.passkeys.synced') : t('account.passkeys.device')].filter(Boolean).join(' · ');
  return [
    h('div', {class: 'grow'}, h('h3', null, h('bdi', null, name)), h('p', {class: 'soft small'}, kind),
      h('p', {class: 'soft small'}, t('account.added'), ' ', when(one.createdAt), ' · ', ...(one.lastUsedAt ? [t('account.used'), ' ', when(one.lastUsedAt)] : [t('account.unused')])),
      ...(one.cloned ? [h('p', {class: 'error'}, t('account.passkeys.cloned'))] : [])),
    h('div', {class: 'row'}, rename, remove), out,
  ];
}

function renaming(one: Passkey, name: string, again: () => Promise<void>): void {
  const out = alertBox();
  const {row, input} = field(t('account.passkeys.name'), {value: name, maxLength: 64, autocomplete: 'off', dir: 'auto'});
  const dialog = openDialog(t('account.passkeys.rename'), form(button => act(id, button, out, async () => {
    await client.passkeys.rename(one.id, input.value.trim());
    dialog.close();
    await again();
    say(t('account.saved'));
  }, {invalid_request: 'account.passkeys.nameInvalid'}), t('account.save'), row, out));
  dialog.querySelector('form > .row')?.append(h('button', {type: 'button', onclick: () => dialog.close()}, t('account.cancel')));
}
