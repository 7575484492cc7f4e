import type {Ticket} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import type {Own} from './errors.ts';
import {field, form} from './fields.ts';
import {act, alertBox} from './section.ts';
import {client} from './state.ts';

interface Entry {
  section: string;
  // ticket is the open challenge.
  ticket: Ticket;
  action: string;
  // use performs the operation that needs the code.
  use(otp: string): Promise<void>;
  own?: Own;
}

// codeEntry is a form for a code, with a button to send it again.
export function codeEntry({section, ticket, action, use, own}: Entry): HTMLFormElement {
  const out = alertBox();
  const {row, input} = field(t('account.code.label'), {
    inputMode: 'numeric', autocomplete: 'one-time-code', maxLength: 16, dir: 'ltr', class: 'code',
  }, t('account.code.sent', {to: ticket.to}));
  const status = h('p', {class: 'soft small', role: 'status'});
  const resend = h('button', {type: 'button', class: 'link', onclick: () => act(section, resend, out, async () => {
    const next = await client.resend(ticket.otpId);
    count(next.resendIn);
    status.textContent = t('account.code.again');
  })}, t('account.code.resend'));

  let timer: ReturnType<typeof setInterval>;
  function count(seconds: number) {
    const until = Date.now() + seconds * 1000;
    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      resend.hidden = left > 0;
      if (left <= 0) clearInterval(timer);
    };
    clearInterval(timer);
    timer = setInterval(tick, 1000);
    tick();
  }
  count(ticket.resendIn);

  const made = form(button => act(section, button, out, async () => {
    // Users paste more than the digits.
    const otp = input.value.normalize('NFKC').replace(/\D/g, '');
    if (!otp) return input.focus();
    await use(otp);
    clearInterval(timer);
  }, own), action, row, out, h('div', {class: 'row'}, resend, status));
  queueMicrotask(() => input.focus());
  return made;
}
