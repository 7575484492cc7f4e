import {h} from '../common/dom.ts';
import {addressField} from './address.ts';
import {askFor} from './codes.ts';
import {codeStep} from './code.ts';
import {form, link} from './fields.ts';
import type {Flow, Step} from './flow.ts';
import {passkeyButton, passkeyInField, passkeysHere} from './passkey.ts';
import {passwordStep} from './password.ts';
import {registerStep} from './register.ts';
import {siteButtons} from './sites.ts';

// askStep asks for the address to which a code is sent, and offers all other ways to sign in.
export function askStep(flow: Flow, problem = ''): Step {
  const {t, settings, options} = flow;
  const kinds = (['phone', 'email'] as const).filter(kind => flow.offers(kind) && (kind === 'phone' || settings.email));
  if (kinds.length === 0) return passwordStep(flow, undefined, problem);
  const address = addressField(flow, {
    kinds, hint: t('signin.ask_hint'), first: options.hint,
    autocomplete: passkeysHere(flow) ? 'username webauthn' : undefined,
  });
  const main = form(flow, t('signin.continue'), address, [address.element], async () => {
    const to = address.value();
    if (to) flow.go(codeStep(flow, to, await askFor(flow, to)));
  });
  const tell = (text: string) => address.fail(text);
  const inField = passkeyInField(flow, tell);
  const others = [passkeyButton(flow, tell, {inField}), ...siteButtons(flow, tell)].filter(button => !!button);
  if (problem) address.fail(problem);
  return {
    name: 'ask', title: t('signin.title', {name: options.name}), focus: address.input, leave: inField.end,
    body: [
      main,
      others.length > 0 && h('div', {class: 'or small soft'}, h('span', null, t('signin.or'))),
      others.length > 0 && h('div', {class: 'stack tight'}, ...others),
      h('div', {class: 'links'}, flow.offers('password') && link(t('signin.use_password'), () => flow.go(passwordStep(flow))),
        flow.offers('password') && settings.signUp !== 'closed' && link(t('signin.new_account'), () => flow.go(registerStep(flow)))),
    ],
  };
}
