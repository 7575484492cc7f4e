import {ApiError, createClient, type TokenPair} from '../../../../clients/ts/src/index.ts';
import {h, show} from '../common/dom.ts';
import {app, page} from '../common/page.ts';
import {puzzle} from '../common/puzzle.ts';
import {t} from '../common/text.ts';
import {mount} from './mount.ts';
import type {Settings} from './options.ts';
import {returnTo} from './returnto.ts';

// Way is the state that the page needs when the browser returns from another provider.
interface Way {
  // authorize is the query of an application that requests the sign-in.
  authorize?: string;
  returnTo?: string;
  locale?: string;
}

const kept = 'user-api.signin';
const settings = page.data as unknown as Settings;
const query = new URLSearchParams(location.search);
const back = query.has('state') && (query.has('code') || query.has('error')) && !settings.application;
const way: Way = back ? take() : settings.application ? {authorize: location.search.slice(1)} : {returnTo: query.get('returnTo') ?? undefined};
const {locale} = page;

// keeper manages the tokens of this browser for all pages of this origin. A sign-in for an
// application is not stored.
const keeper = createClient({storage: 'local', locale});
const client = createClient({locale});

function take(): Way {
  try {
    const text = sessionStorage.getItem(kept);
    sessionStorage.removeItem(kept);
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}

// target returns where the user goes next: the requested path, or the account.
function target(): string | undefined {
  return returnTo(way.returnTo ?? null, location.origin) ?? (page.links.account && new URL(page.links.account, location.origin).href);
}

// done passes the sign-in on: to the application, or to the pages of this origin.
async function done(pair: TokenPair): Promise<void> {
  if (way.authorize !== undefined) {
    const answer = await client.call<{location: string}>('POST', '/oauth/authorize', {query: way.authorize});
    return leave(answer.location);
  }
  const before = await keeper.accessToken().catch(() => undefined);
  keeper.adopt(pair);
  // The sign-in that this one replaces. If it cannot be ended now, it expires.
  if (before) await client.call('POST', '/user/logout', undefined, {auth: false, headers: {Authorization: `Bearer ${before}`}, retryFor: 0}).catch(() => undefined);
  onward();
}

function onward(): void {
  const to = target();
  if (to) return leave(to);
  show(app, h('div', {class: 'card step'}, h('h1', {tabIndex: -1}, t('signin.signed_in')),
    h('button', {type: 'button', class: 'wide', onClick: () => void keeper.signOut().catch(() => undefined).then(() => location.reload())}, t('signin.sign_out'))));
}

// leave navigates, and shows a link for a browser that does not.
function leave(to: string): void {
  show(app, h('div', {class: 'card step'}, h('h1', {tabIndex: -1}, t('signin.signed_in')), h('a', {class: 'button main wide', href: to}, t('signin.go_on'))));
  location.replace(to);
}

function begin(): void {
  const card = h('div', {class: 'card signin'});
  const {logo, terms, privacy} = page.brand;
  show(app, logo && h('img', {class: 'logo', src: logo, alt: page.brand.name, height: 48}), card, (terms || privacy) && h('footer', {class: 'row small soft'},
    terms && h('a', {href: terms}, t('signin.terms')), privacy && h('a', {href: privacy}, t('signin.privacy'))));
  mount(card, {
    client, settings, locale, texts: page.texts, name: page.brand.name, done,
    captcha: page.links.captcha === undefined ? undefined : demand => puzzle({room: app, url: page.links.captcha!, locale, t}, demand),
    hint: query.get('login_hint') ?? undefined,
    focus: matchMedia('(hover: hover)').matches, // on a phone it would open the keyboard
    comeBack: settings.home === `${location.origin}/` ? settings.home : undefined,
    leave: () => sessionStorage.setItem(kept, JSON.stringify({...way, locale})),
  }, back ? () => client.social.finish() : undefined);
}

// signedIn reports whether this browser has a valid sign-in.
async function signedIn(): Promise<boolean> {
  if (!keeper.signedIn || way.authorize !== undefined || back || query.get('fresh') === '1') return false;
  try {
    await keeper.user();
    return true;
  } catch (err) {
    if (err instanceof ApiError) return false;
    throw err;
  }
}

// Another provider returns the browser to the bare URL, without the language.
if (way.locale && way.locale !== locale && !query.has('ui_locales')) {
  sessionStorage.setItem(kept, JSON.stringify(way));
  query.set('ui_locales', way.locale);
  location.replace(`/?${query}`);
} else if (await signedIn()) {
  onward();
} else {
  begin();
}
