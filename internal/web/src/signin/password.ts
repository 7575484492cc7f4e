import type {LoginReq} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {field, form, link, password} from './fields.ts';
import type {Flow, Step} from './flow.ts';
import {western} from './phone.ts';
import {enter} from './proof.ts';
import {resetStep} from './reset.ts';

// account returns which kind of name was entered.
export function account(name: string, region: string): LoginReq {
  if (name.includes('@')) return {email: name};
  return /^[+0-9][0-9 ()./-]+$/.test(western(name)) ? {phone: name, region} : {username: name};
}

// passwordStep signs in with a password and any name of the account.
export function passwordStep(flow: Flow, name = flow.options.hint ?? '', problem = ''): Step {
  const {t, settings} = flow;
  const who = field(t('signin.account'), {
    autocomplete: 'username', autocapitalize: 'none', spellcheck: false, required: true, name: 'username', value: name,
  });
  const secret = password(flow, t('signin.password'), 'current-password');
  const main = form(flow, t('signin.sign_in'), secret, [who.element, secret.element], async () => {
    const given = who.input.value.trim();
    who.fail(given ? '' : t('signin.error.required'));
    if (!given) return who.input.focus();
    if (!secret.input.value) {
      secret.fail(t('signin.error.required'));
      return secret.input.focus();
    }
    await enter(flow, {...account(given, settings.region), password: secret.input.value});
  });
  if (problem) secret.fail(problem);
  const byCode = flow.offers('phone') || flow.offers('email');
  return {
    name: 'password', title: t('signin.password_title'), focus: name ? secret.input : who.input,
    body: [main, h('div', {class: 'links'}, byCode && link(t('signin.use_code'), () => flow.begin()), link(t('signin.forgot'), () => flow.go(resetStep(flow))))],
  };
}
