import {ApiError} from '../../../../clients/ts/src/index.ts';
import {h, show} from '../common/dom.ts';
import {app, page} from '../common/page.ts';
import {t} from '../common/text.ts';
import {problem} from './errors.ts';
import {askAgain, cameBack, signInLink} from './fresh.ts';
import {cameFromSite, problemOfSite} from './links.ts';
import {act, alertBox, live, say} from './section.ts';
import {client, me, whenOut} from './state.ts';
import {frame} from './views.ts';

// signedOut shows the page for users who are not signed in.
function signedOut(text: string): void {
  document.querySelectorAll('dialog').forEach(dialog => dialog.close());
  const heading = h('h1', {tabIndex: -1}, t('account.title'));
  show(app, h('div', {class: 'card stack alone'}, heading, h('p', null, text),
    h('div', {class: 'row'}, h('a', {class: 'button main', href: signInLink}, t('account.signIn')))));
  heading.focus();
}

// begin fetches the signed-in user and shows the page.
async function begin(): Promise<void> {
  if (!client.signedIn) return signedOut(t('account.out.text'));
  const linked = await cameFromSite();
  await me.read();
  const {element, go} = frame();
  show(app, element);
  document.body.append(live);
  const fresh = cameBack();
  if (linked) await go(linked.section);
  else await go(fresh ?? location.hash.slice(1));
  if (linked?.err) tellOfSite(linked.err);
  else if (linked) say(t('account.links.added'));
  else if (fresh) say(t('account.again.done'));
}

// tellOfSite explains why an account at another provider was not linked, if the URL says so.
function tellOfSite(err: unknown): void {
  if (err instanceof ApiError && err.code === 'reauthentication_required') return askAgain('links');
  const out = document.querySelector('#links > [role="alert"]');
  if (out) out.textContent = problemOfSite(err);
}

// failed shows the page when it cannot start.
function failed(err: unknown): void {
  const out = alertBox();
  const again = h('button', {type: 'button', class: 'main', onclick: () => act('profile', again, out, begin)}, t('account.retry'));
  show(app, h('div', {class: 'card stack alone'}, h('h1', null, t('account.title')), out, h('div', {class: 'row'}, again)));
  out.textContent = problem(err);
}

document.title = `${t('account.title')} · ${page.brand.name}`;
whenOut(text => signedOut(t(text)));
begin().catch(err => {
  if (err instanceof ApiError && err.status === 401) return;
  failed(err);
});
