import {ApiError} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import type {Flow} from './flow.ts';
import {pageError} from '../common/pageerror.ts';

// names are the names of providers as they write them; for others the first letter is capitalised.
const names: Record<string, string> = {github: 'GitHub', line: 'LINE', linkedin: 'LinkedIn', wechat: 'WeChat'};

// siteButtons are the buttons of the providers. They are shown where a browser can return from one.
export function siteButtons(flow: Flow, tell: (text: string) => void): HTMLButtonElement[] {
  const {settings, options} = flow;
  if (!flow.offers('sites') || !options.comeBack || !isSecureContext) return [];
  return (settings.social ?? []).map(({name}) => h('button', {
    type: 'button', class: 'wide', onClick: () => void flow.work(tell, () => toSite(flow, name)),
  }, flow.t('signin.site', {site: names[name] ?? name.charAt(0).toUpperCase() + name.slice(1)})));
}

// toSite redirects the browser.
export async function toSite(flow: Flow, name: string, invite?: string): Promise<void> {
  try {
    flow.options.leave?.();
    await flow.client.social.redirect(name, flow.options.comeBack!, {invite});
  } catch (err) {
    // The browser stores nothing for this page, so it could not return.
    throw err instanceof ApiError ? err : pageError('site_storage', 0, err);
  }
}
