import {ApiError} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import type {Flow} from './flow.ts';
import {pageError} from '../common/pageerror.ts';

// names are how sites write themselves; of others the first letter is made a capital.
const names: Record<string, string> = {github: 'GitHub', line: 'LINE', linkedin: 'LinkedIn', wechat: 'WeChat'};

// siteButtons lead to the sites that users sign in by. They are there where a browser can
// come back from one.
export function siteButtons(flow: Flow, tell: (text: string) => void): HTMLButtonElement[] {
  const {settings, options} = flow;
  if (!flow.offers('sites') || !options.comeBack || !isSecureContext) return [];
  return (settings.social ?? []).map(({name}) => h('button', {
    type: 'button', class: 'wide', onClick: () => void flow.work(tell, () => toSite(flow, name)),
  }, flow.t('signin.site', {site: names[name] ?? name.charAt(0).toUpperCase() + name.slice(1)})));
}

// toSite sends the browser away.
export async function toSite(flow: Flow, name: string, invite?: string): Promise<void> {
  try {
    flow.options.leave?.();
    await flow.client.social.redirect(name, flow.options.comeBack!, {invite});
  } catch (err) {
    // The browser keeps nothing for this page, so nobody could come back.
    throw err instanceof ApiError ? err : pageError('site_storage', 0, err);
  }
}
