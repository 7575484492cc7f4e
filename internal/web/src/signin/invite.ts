import {field, form, link} from './fields.ts';
import type {Flow, Step} from './flow.ts';

// inviteStep asks for the invite that a new account needs.
export function inviteStep(flow: Flow, go: (invite: string) => Promise<void>, problem: string): Step {
  const {t} = flow;
  const invite = field(t('signin.invite'), {autocomplete: 'off', autocapitalize: 'none', spellcheck: false, required: true}, t('signin.invite_hint'));
  if (problem) invite.fail(problem);
  return {
    name: 'invite', title: t('signin.invite_title'), focus: invite.input,
    body: [
      form(flow, t('signin.continue'), invite, [invite.element], () => go(invite.input.value.trim())),
      link(t('signin.back'), () => flow.begin()),
    ],
  };
}
