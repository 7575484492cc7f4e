import {ApiError} from '../../../../clients/ts/src/index.ts';
import {h, show, type Child} from '../common/dom.ts';
import {app, page} from '../common/page.ts';
import {t} from '../common/text.ts';
import {alertBox, busy, live, tell} from './dialog.ts';
import {freshLink, signInLink, standing, type Standing} from './gate.ts';
import {now} from './now.ts';
import {plots} from './plots.ts';
import {frame} from './router.ts';
import {client, whenOut} from './state.ts';
import {trail} from './trail.ts';
import {user} from './user.ts';
import {users} from './users.ts';

// alone shows one element as the whole page.
function alone(text: string, ...children: Child[]): void {
  document.querySelectorAll('dialog').forEach(dialog => dialog.close());
  const heading = h('h1', {tabIndex: -1}, t('admin.title'));
  show(app, h('div', {class: 'card stack alone'}, heading, h('p', null, text), ...children));
  heading.focus();
}

const to = (href: string, text: string) => h('div', {class: 'row'}, h('a', {class: 'button main', href}, text));

// blocked explains why the page is not shown, and what to do.
function blocked(why: Exclude<Standing, 'in'>): void {
  if (why === 'out') return alone(t('admin.out.text'), to(signInLink(), t('admin.out.go')));
  if (why === 'stale') return alone(t('admin.stale.text'), to(freshLink(), t('admin.stale.go')));
  alone(t('admin.user.notAdmin'), to(page.links.account ?? '/', t('admin.user.account')));
}

async function begin(): Promise<void> {
  const found = await standing();
  if (found !== 'in') return blocked(found);
  const leave = h('button', {type: 'button', onclick: () => void client.signOut().catch(() => {})}, t('admin.signOut'));
  show(app, h('header', {class: 'top'}, h('p', {class: 'brand'}, h('bdi', null, page.brand.name), h('span', {class: 'soft'}, t('admin.title'))), leave),
    frame([users, user, plots, trail, now], ['users', 'plots', 'trail', 'now']));
  document.body.append(live);
}

// failed shows the page when it cannot start.
function failed(err: unknown): void {
  if (err instanceof ApiError && err.status === 401) return blocked('out');
  const box = alertBox();
  const again = h('button', {type: 'button', class: 'main', onclick: () => busy(again, box, begin)}, t('admin.retry'));
  show(app, h('div', {class: 'card stack alone'}, h('h1', null, t('admin.title')), box, h('div', {class: 'row'}, again)));
  tell(box, err);
}

document.title = `${t('admin.title')} · ${page.brand.name}`;
whenOut(() => blocked('out'));
begin().catch(failed);
