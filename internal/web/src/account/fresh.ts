import {h} from '../common/dom.ts';
import {t} from '../common/text.ts';
import {openDialog} from './dialog.ts';

// kept is the storage key of the section to which the user returns after signing in again.
const kept = 'user-api.account.section';

const here = encodeURIComponent('/account');

// signInLink returns the URL of the sign-in page that returns here.
export const signInLink = `/?returnTo=${here}`;

// askAgain explains that a fresh sign-in is needed and links to it. The user returns to the same
// section.
export function askAgain(section: string): void {
  const go = () => sessionStorage.setItem(kept, section);
  const dialog = openDialog(
    t('account.again.title'), h('p', null, t('account.again.text')),
    h('div', {class: 'row end'},
      h('button', {type: 'button', onclick: () => dialog.close()}, t('account.cancel')),
      h('a', {class: 'button main', href: `${signInLink}&fresh=1`, onclick: go}, t('account.again.go'))),
  );
}

// cameBack returns, once, the section that the user left to sign in again.
export function cameBack(): string | null {
  const section = sessionStorage.getItem(kept);
  sessionStorage.removeItem(kept);
  return section;
}
