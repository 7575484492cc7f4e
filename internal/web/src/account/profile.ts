import {page} from '../common/page.ts';
import {t} from '../common/text.ts';
import {avatar} from './avatar.ts';
import {choice, field, form} from './fields.ts';
import {act, alertBox, card, say, type Section} from './section.ts';
import {client, me, settings} from './state.ts';

// profile shows the user's public data: picture, names, language.
export const profile: Section = {
  id: 'profile',
  show() {
    const user = me.get();
    const display = field(t('account.profile.display'), {value: user.displayName ?? '', maxLength: 64, autocomplete: 'name', dir: 'auto'}, t('account.profile.displayHint'));
    const name = field(t('account.profile.username'), {
      value: user.username ?? '', maxLength: 64, autocomplete: 'username', autocapitalize: 'none', spellcheck: false, dir: 'ltr',
    }, t('account.profile.usernameHint'));
    const language = choice(t('account.profile.language'), languages(user.locale ?? ''), user.locale ?? '');
    const out = alertBox();

    const save = (button: HTMLButtonElement) => act('profile', button, out, async () => {
      const username = name.input.value.trim();
      const changed = username !== (me.get().username ?? '');
      me.set(await client.updateUser({
        displayName: display.input.value.trim(), locale: language.input.value, ...(changed ? {username} : {}),
      }));
      name.input.value = me.get().username ?? '';
      say(t('account.saved'));
    }, {invalid_request: 'account.profile.invalid'});

    return card('profile', settings.avatars && avatar(), form(save, t('account.save'), display.row, name.row, language.row, out));
  },
};

// languages lists the languages of messages, and the chosen one, each in its own language.
function languages(chosen: string): [string, string][] {
  const all = settings.languages.includes(chosen) || !chosen ? settings.languages : [...settings.languages, chosen];
  const named = all.map((tag): [string, string] => [tag, new Intl.DisplayNames([tag, page.locale], {type: 'language'}).of(tag) ?? tag]);
  return [['', t('account.profile.noLanguage')], ...named.sort((a, b) => a[1].localeCompare(b[1], page.locale))];
}
