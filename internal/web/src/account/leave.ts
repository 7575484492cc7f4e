import type {DeleteUserReq, Ticket} from '../../../../clients/ts/src/index.ts';
import {ApiError} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {openDialog} from './dialog.ts';
import {askAgain} from './fresh.ts';
import {field, form} from './fields.ts';
import {act, alertBox} from './section.ts';
import {client, erase, me} from './state.ts';

const id = 'leave';

// askToLeave lists what is deleted, asks for the confirmation word and a proof, and deletes the
// account.
export function askToLeave(hasPassword: boolean): void {
  const {phone, email, anonymous} = me.get();
  const word = t('account.leave.word');
  const typed = field(t('account.leave.type', {word}), {autocomplete: 'off', autocapitalize: 'none', spellcheck: false, dir: 'auto'});
  const secret = field(t('account.password.old'), {type: 'password', autocomplete: 'current-password'});
  const code = field(t('account.code.label'), {inputMode: 'numeric', autocomplete: 'one-time-code', maxLength: 16, dir: 'ltr', class: 'code'});
  const out = alertBox();
  const said = h('p', {class: 'soft small', role: 'status'});
  const byCode = !hasPassword && !anonymous;
  let ticket: Ticket | undefined;

  const send = h('button', {type: 'button', onclick: () => act(id, send, out, async () => {
    ticket = await client.otp(phone ? {phone, purpose: 'delete'} : {email, purpose: 'delete'});
    said.textContent = t('account.code.sent', {to: ticket.to});
    send.hidden = true;
    code.row.hidden = false;
    code.input.focus();
  })}, t('account.code.send'));
  code.row.hidden = true;

  const leave = (button: HTMLElement) => act(id, button, out, async () => {
    if (typed.input.value.trim().toLowerCase() !== word.toLowerCase()) {
      out.textContent = t('account.leave.typeFirst', {word});
      return typed.input.focus();
    }
    if (byCode && !ticket) {
      out.textContent = t('account.leave.codeFirst');
      return;
    }
    const otp = code.input.value.normalize('NFKC').replace(/\D/g, '');
    const proof: DeleteUserReq = byCode ? {otpId: ticket!.otpId, otp} : anonymous ? {} : {password: secret.input.value};
    try {
      await erase(proof);
    } catch (err) {
      if (!(err instanceof ApiError) || err.code !== 'reauthentication_required') throw err;
      dialog.close();
      return askAgain(id);
    }
    dialog.close();
  }, {invalid_credentials: 'account.password.wrong', invalid_request: 'account.leave.proof'});

  const dialog = openDialog(t('account.leave.title'), h('p', null, t('account.leave.goes')),
    h('ul', {class: 'goes'}, ...['profile', 'ways', 'devices', 'apps'].map(what => h('li', null, t(`account.leave.goes.${what}`)))),
    form(leave, t('account.leave.now'), typed.row, byCode && h('div', {class: 'stack'}, h('div', {class: 'row'}, send), said, code.row), hasPassword && secret.row, out));
  const main = dialog.querySelector('button.main')!;
  main.className = 'danger';
  main.after(h('button', {type: 'button', onclick: () => dialog.close()}, t('account.cancel')));
}
