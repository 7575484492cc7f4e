import {h} from '../common/dom.ts';
import {field, form, link, password} from './fields.ts';
import type {Flow, Step} from './flow.ts';
import {enter} from './proof.ts';

// registerStep creates an account with a username and a password and signs in to it. Users who sign
// in with a code need none: the first code creates the account.
export function registerStep(flow: Flow): Step {
  const {t, settings} = flow;
  const name = field(t('signin.username'), {autocomplete: 'username', autocapitalize: 'none', spellcheck: false, required: true, maxLength: 64, name: 'username'},
    t('signin.username_hint'));
  const secret = password(flow, t('signin.new_password'), 'new-password', t('signin.password_hint'));
  const invite = settings.signUp === 'invite' ? field(t('signin.invite'), {autocomplete: 'off', autocapitalize: 'none', spellcheck: false, required: true}) : undefined;
  const fields = invite ? [name, secret, invite] : [name, secret];
  const faults: Record<string, typeof name> = {invalid_username: name, username_taken: name, weak_password: secret, forbidden: invite ?? name};
  const main = form(flow, t('signin.create'), {
    ...secret,
    fail(text, err) {
      fields.forEach(f => f.fail(''));
      (faults[err?.code ?? ''] ?? secret).fail(text);
    },
  }, fields.map(f => f.element), async () => {
    const empty = fields.find(f => !f.input.value);
    if (empty) {
      empty.fail(t('signin.error.required'));
      return empty.input.focus();
    }
    const username = name.input.value.trim().toLowerCase();
    const password = secret.input.value;
    await flow.client.register({username, password, invite: invite?.input.value.trim()});
    await enter(flow, {username, password});
  });
  return {
    name: 'register', title: t('signin.register_title'), focus: name.input,
    body: [main, h('div', {class: 'links'}, link(t('signin.back'), () => flow.begin()))],
  };
}
