import type {MfaEnrollment} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {confirm} from './dialog.ts';
import {field, form} from './fields.ts';
import {date} from './format.ts';
import {showCodes} from './recovery.ts';
import {act, alertBox, card, redraw, say, type Section} from './section.ts';
import {client} from './state.ts';

const id = 'factors';

// factors shows the authenticator app and the recovery codes.
export const factors: Section = {
  id,
  async show() {
    const state = await client.factors.state();
    const out = alertBox();
    const button = (key: string, kind: string, deed: () => Promise<unknown>) => {
      const made = h('button', {type: 'button', class: kind, onclick: () => act(id, made, out, deed)}, t(key));
      return made;
    };
    const below = h('div', {class: 'stack'});
    const enroll = button('account.factors.enroll', 'main', async () => below.replaceChildren(confirmation(await client.factors.enroll(), again)));
    const codes = button('account.factors.newCodes', '', async () => {
      if (!(await confirm(t('account.factors.newCodes'), t('account.factors.newCodesText'), t('account.factors.newCodes')))) return;
      await showCodes(await client.factors.recoveryCodes());
      await again();
    });
    const remove = button('account.factors.remove', 'danger', async () => {
      if (!(await confirm(t('account.factors.remove'), t('account.factors.removeText'), t('account.remove')))) return;
      await client.factors.remove();
      await again();
      say(t('account.factors.removed'));
    });
    const again = () => redraw(factors, made);
    const {enabled, since, recoveryCodes, required, requiredBy} = state;
    const made = card(id, h('p', {class: 'soft'}, t('account.factors.text')),
      !enabled && required && h('p', {class: 'warn'}, requiredBy ? t('account.factors.requiredBy', {date: date(requiredBy)}) : t('account.factors.required')),
      h('p', {class: enabled ? 'good' : ''}, enabled ? t('account.factors.on', {date: date(since!)}) : t('account.factors.off')),
      enabled && h('p', {class: recoveryCodes < 3 ? 'warn' : ''}, t('account.factors.left', {n: recoveryCodes})),
      h('div', {class: 'row'}, ...(enabled ? [codes, remove] : [enroll])), out, below);
    return made;
  },
};

// confirmation shows a new secret and asks for its first code.
function confirmation({secret, uri, svg}: MfaEnrollment, done: () => Promise<void>): HTMLElement {
  const out = alertBox();
  const {row, input} = field(t('account.factors.code'), {inputMode: 'numeric', autocomplete: 'one-time-code', maxLength: 16, dir: 'ltr', class: 'code'});
  const confirmed = (button: HTMLElement) => act(id, button, out, async () => {
    const codes = await client.factors.confirm(input.value.normalize('NFKC').replace(/\D/g, ''));
    await showCodes(codes);
    await done();
    say(t('account.factors.added'));
  }, {invalid_request: 'account.factors.wrong', otp_invalid: 'account.factors.wrong'});
  // The drawing from the service never becomes markup of this page.
  const image = h('img', {class: 'qr', src: `data:image/svg+xml,${encodeURIComponent(svg)}`, alt: t('account.factors.qr'), width: 200, height: 200});
  const link = /^otpauth:/.test(uri) && h('a', {href: uri}, t('account.factors.open'));
  queueMicrotask(() => input.focus());
  return h('div', {class: 'stack inset'}, h('p', null, t('account.factors.scan')), image,
    h('p', {class: 'small'}, link), h('p', {class: 'small'}, t('account.factors.secret'), ' ', h('code', {dir: 'ltr'}, secret)),
    form(confirmed, t('account.factors.confirm'), row, out));
}
