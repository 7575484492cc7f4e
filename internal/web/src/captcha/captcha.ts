// captcha.ts is the page in the frame of puzzle.ts. It loads the script of the captcha provider and
// passes the token through the given port.
import {h, show} from '../common/dom.ts';
import {app, page} from '../common/page.ts';
import type {Answer, Ask} from '../common/puzzle.ts';
import {t} from '../common/text.ts';
import {inTheme} from '../common/theme.ts';
import {providers, type Setting} from './providers.ts';

let answer: (message: Answer) => void = () => undefined;

// load runs a script of the provider, which the policy of this page allows.
function load(src: string): Promise<void> {
  return new Promise((resolve, reject) => {
    document.head.append(h('script', {src, async: true, onLoad: () => resolve(), onError: () => reject(new Error(`${src} is not loaded`))}));
  });
}

async function begin(ask: Ask): Promise<void> {
  const setting = page.data as unknown as Setting;
  inTheme(document.styleSheets[0]!, ask.dark ? 'dark' : 'light');
  const place = h('div', null);
  show(app, place);
  try {
    await providers[setting.provider]!({
      setting, ask, place, load,
      solved: token => answer({token}),
      failed: fail,
      closed: () => answer({closed: true}),
    });
  } catch {
    fail();
  }
}

function fail(): void {
  show(app, h('p', {role: 'alert', class: 'error'}, t('captcha.failed')));
  answer({failed: true});
}

// The policy of this page restricts who can frame it, and so who can send this.
addEventListener('message', event => {
  const port = event.ports[0];
  if (event.source !== parent || !port) return;
  answer = message => port.postMessage(message);
  void begin(event.data as Ask);
}, {once: true});
