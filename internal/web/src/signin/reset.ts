import {ApiError, type ResetPasswordReq, type Ticket} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {addressField, type Address} from './address.ts';
import {askFor} from './codes.ts';
import {tried} from './code.ts';
import {codeEntry} from './entry.ts';
import {form, link, note, password} from './fields.ts';
import type {Flow, Step} from './flow.ts';
import {passwordStep} from './password.ts';
import {enter} from './proof.ts';
import {secondStep} from './second.ts';

// resetStep asks for the address of the account.
export function resetStep(flow: Flow): Step {
  const {t, settings} = flow;
  const address = addressField(flow, {kinds: settings.mail ? ['phone', 'email'] : ['phone'], hint: t('signin.reset_hint'), first: flow.options.hint});
  const main = form(flow, t('signin.continue'), address, [address.element], async () => {
    const to = address.value();
    if (to) flow.go(newPasswordStep(flow, to, await askFor(flow, to, 'reset')));
  });
  return {
    name: 'reset', title: t('signin.reset_title'), focus: address.input,
    body: [main, h('div', {class: 'links'}, link(t('signin.back'), () => flow.go(passwordStep(flow))))],
  };
}

// newPasswordStep takes the code and the new password. The code is sent with the password, so the
// field does not submit automatically.
function newPasswordStep(flow: Flow, address: Address, ticket: Ticket): Step {
  const {t} = flow;
  const code = codeEntry(flow, address, ticket, {purpose: 'reset', waits: true});
  const secret = password(flow, t('signin.new_password'), 'new-password', t('signin.password_hint'));
  // The name is for the password manager.
  const name = h('input', {type: 'text', autocomplete: 'username', value: address.email ?? address.phone, hidden: true, readOnly: true});
  const main = form(flow, t('signin.reset_do'), {
    ...code.field,
    fail(text, err) {
      const weak = err?.code === 'weak_password';
      code.field.fail(weak ? '' : text);
      secret.fail(weak ? text : '');
    },
  }, [code.field.element, name, secret.element], () => tried(code, async proof => {
    const newPassword = secret.input.value;
    if (!newPassword) {
      secret.fail(t('signin.error.required'));
      return secret.input.focus();
    }
    await reset(flow, address, {...proof, newPassword});
  }));
  return {
    name: 'new-password', title: t('signin.reset_title'), focus: code.field.input, leave: code.stop,
    body: [code.lead, main, code.below, h('div', {class: 'links'}, link(t('signin.other_address'), () => flow.go(resetStep(flow))))],
  };
}

// reset sets the password and signs in with it.
async function reset(flow: Flow, address: Address, proof: ResetPasswordReq): Promise<void> {
  try {
    await flow.client.resetPassword(proof);
  } catch (err) {
    if (!(err instanceof ApiError) || err.code !== 'mfa_required') throw err;
    return flow.go(secondStep(flow, err, more => reset(flow, address, {...proof, ...more})));
  }
  try {
    await enter(flow, {...address, password: proof.newPassword});
  } catch (err) {
    if (!(err instanceof ApiError)) throw err;
    flow.go(setStep(flow));
  }
}

// setStep reports that the password is set, if it does not sign in immediately.
function setStep(flow: Flow): Step {
  const {t} = flow;
  const {element} = note();
  return {
    name: 'set', title: t('signin.reset_done'),
    body: [h('p', null, t(flow.settings.resetWaits ? 'signin.reset_waits' : 'signin.reset_next')), element,
      h('button', {type: 'button', class: 'main wide', onClick: () => flow.go(passwordStep(flow))}, t('signin.sign_in'))],
  };
}
