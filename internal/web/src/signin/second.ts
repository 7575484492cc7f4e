import type {ApiError, Ticket} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {addressField, type Address} from './address.ts';
import {askFor} from './codes.ts';
import {tried} from './code.ts';
import {codeEntry} from './entry.ts';
import {form, link, password} from './fields.ts';
import type {Flow, Step} from './flow.ts';

// Second is sent with the first proof.
export interface Second {
  secondPassword?: string;
  secondOtpId?: string;
  secondOtp?: string;
}

// secondStep asks for another proof of a dormant account, or of an account whose password reset
// needs two.
export function secondStep(flow: Flow, {methods = []}: ApiError, send: (second: Second) => Promise<void>): Step {
  const {t} = flow;
  const kinds = (['phone', 'email'] as const).filter(kind => methods.includes(kind));
  if (methods.includes('password')) return byPassword(flow, kinds, send);
  const address = addressField(flow, {kinds: kinds.length ? [...kinds] : ['email'], hint: t('signin.second_hint')});
  const main = form(flow, t('signin.continue'), address, [address.element], async () => {
    const to = address.value();
    if (to) flow.go(codeOf(flow, to, await askFor(flow, to), send));
  });
  return {name: 'second', title: t('signin.second_title'), focus: address.input, body: [h('p', null, t('signin.second_address')), main, back(flow)]};
}

function byPassword(flow: Flow, kinds: string[], send: (second: Second) => Promise<void>): Step {
  const {t} = flow;
  const secret = password(flow, t('signin.password'), 'current-password');
  const main = form(flow, t('signin.continue'), secret, [secret.element], async () => {
    if (secret.input.value) return send({secondPassword: secret.input.value});
    secret.fail(t('signin.error.required'));
    secret.input.focus();
  });
  const other = link(t('signin.use_code'), () => flow.go(secondStep(flow, {methods: kinds} as ApiError, send)));
  return {
    name: 'second', title: t('signin.second_title'), focus: secret.input,
    body: [h('p', null, t('signin.second_password')), main, kinds.length > 0 && other, back(flow)],
  };
}

function codeOf(flow: Flow, address: Address, ticket: Ticket, send: (second: Second) => Promise<void>): Step {
  const {t} = flow;
  const code = codeEntry(flow, address, ticket);
  const main = form(flow, t('signin.continue'), code.field, [code.field.element],
    () => tried(code, ({otpId, otp}) => send({secondOtpId: otpId, secondOtp: otp})));
  return {name: 'second-code', title: t('signin.second_title'), focus: code.field.input, leave: code.stop, body: [code.lead, main, code.below, back(flow)]};
}

const back = (flow: Flow): HTMLElement => h('div', {class: 'links'}, link(flow.t('signin.back'), () => flow.begin()));
