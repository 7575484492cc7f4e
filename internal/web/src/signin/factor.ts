import {ApiError, type MfaLoginReq, type TokenPair} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {codeIn} from './codes.ts';
import {field, form, link, note, type Field} from './fields.ts';
import type {Flow, Step} from './flow.ts';
import {passkeyButton, passkeysHere} from './passkey.ts';
import {recoveryStep} from './recovery.ts';
import {pageError} from '../common/pageerror.ts';

const length = 6;

// factorStep asks for the second factor of an account, or sets one up if it is required.
export async function factorStep(flow: Flow, mfaToken: string, methods: string[]): Promise<void> {
  if (methods.includes('enroll')) return flow.go(enrollStep(flow, mfaToken, await flow.client.factors.enroll(mfaToken)));
  const passkey = methods.includes('passkey') && passkeysHere(flow);
  if (methods.includes('totp')) return flow.go(codeStep(flow, mfaToken, methods));
  if (passkey || !methods.includes('recovery_code')) return flow.go(passkeyStep(flow, mfaToken, methods));
  flow.go(lostStep(flow, mfaToken, methods));
}

// complete sends the second proof. The token for the first one may have expired.
async function complete(flow: Flow, proof: MfaLoginReq, then: (pair: TokenPair) => Promise<void> = pair => flow.done(pair)): Promise<void> {
  let pair: TokenPair;
  try {
    pair = await flow.client.factors.complete(proof);
  } catch (err) {
    if (!(err instanceof ApiError) || err.code !== 'otp_invalid') throw err;
    if (err.field !== 'mfaToken') throw pageError('factor_invalid', err.status, err);
    return flow.begin(pageError('too_slow', err.status));
  }
  await then(pair);
}

function totpField(flow: Flow): Field {
  const one = field(flow.t('signin.totp'), {
    inputMode: 'numeric', autocomplete: 'one-time-code', name: 'totp', class: 'code', required: true, dir: 'ltr',
    onInput() {
      const code = codeIn(one.input.value, length);
      if (code.length !== length || code === one.input.dataset.tried) return;
      one.input.value = one.input.dataset.tried = code;
      one.input.form?.requestSubmit();
    },
  }, flow.t('signin.totp_hint'));
  return one;
}

// totpForm takes a code of the app.
function totpForm(flow: Flow, mfaToken: string, then?: (pair: TokenPair) => Promise<void>): {element: HTMLElement; input: HTMLInputElement; fail(text: string): void} {
  const one = totpField(flow);
  const element = form(flow, flow.t('signin.sign_in'), one, [one.element], async () => {
    const totp = codeIn(one.input.value, length);
    if (totp.length === length) return complete(flow, {mfaToken, totp}, then);
    one.fail(flow.t('signin.error.code_short', {n: length}));
    one.input.focus();
  });
  return {element, input: one.input, fail: one.fail};
}

function codeStep(flow: Flow, mfaToken: string, methods: string[]): Step {
  const {t} = flow;
  const main = totpForm(flow, mfaToken);
  return {
    name: 'factor', title: t('signin.factor_title'), focus: main.input,
    body: [h('p', null, t('signin.factor_app')), main.element, methods.includes('passkey') && passkeyButton(flow, main.fail, {mfaToken}),
      others(flow, methods.includes('recovery_code') && link(t('signin.factor_lost'), () => flow.go(lostStep(flow, mfaToken, methods))))],
  };
}

function passkeyStep(flow: Flow, mfaToken: string, methods: string[]): Step {
  const {t} = flow;
  const room = note();
  const button = passkeyButton(flow, room.fail, {mfaToken});
  button?.classList.add('main');
  return {
    name: 'factor-passkey', title: t('signin.factor_title'), focus: button,
    body: [h('p', null, t(button ? 'signin.factor_passkey' : 'signin.factor_elsewhere')), room.element, button,
      others(flow, methods.includes('recovery_code') && link(t('signin.factor_lost'), () => flow.go(lostStep(flow, mfaToken, methods))))],
  };
}

function lostStep(flow: Flow, mfaToken: string, methods: string[]): Step {
  const {t} = flow;
  const code = field(t('signin.recovery'), {autocomplete: 'off', autocapitalize: 'none', spellcheck: false, required: true, maxLength: 64, dir: 'ltr'}, t('signin.recovery_hint'));
  const main = form(flow, t('signin.sign_in'), code, [code.element], async () => {
    const recoveryCode = code.input.value.trim();
    if (recoveryCode) return complete(flow, {mfaToken, recoveryCode});
    code.fail(t('signin.error.required'));
    code.input.focus();
  });
  return {
    name: 'factor-lost', title: t('signin.factor_title'), focus: code.input,
    body: [main, others(flow, methods.includes('totp') && link(t('signin.factor_use_app'), () => flow.go(codeStep(flow, mfaToken, methods))))],
  };
}

// enrollStep shows the new secret. The QR code is an image, never markup of this page.
function enrollStep(flow: Flow, mfaToken: string, made: {secret: string; uri: string; svg: string}): Step {
  const {t} = flow;
  const main = totpForm(flow, mfaToken, async pair => {
    try {
      flow.go(recoveryStep(flow, pair, await flow.client.factors.recoveryCodes()));
    } catch (err) {
      if (!(err instanceof ApiError)) throw err;
      await flow.done(pair); // the factor is set up; recovery codes can be created later
    }
  });
  return {
    name: 'enroll', title: t('signin.enroll_title'), focus: main.input,
    body: [
      h('p', null, t('signin.enroll_scan')),
      h('img', {class: 'qr', alt: t('signin.enroll_picture'), width: 200, height: 200, src: `data:image/svg+xml,${encodeURIComponent(made.svg)}`}),
      h('p', {class: 'small'}, t('signin.enroll_type'), ' ', h('code', {dir: 'ltr'}, made.secret.replace(/(.{4})(?=.)/g, '$1 '))),
      made.uri.startsWith('otpauth:') && h('a', {class: 'small open', href: made.uri}, t('signin.enroll_open')),
      main.element,
      others(flow, false),
    ],
  };
}

const others = (flow: Flow, more: HTMLElement | false): HTMLElement =>
  h('div', {class: 'links'}, more, link(flow.t('signin.back'), () => flow.begin()));
