import {ApiError, type TokenPair} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import {askStep} from './ask.ts';
import {Flow, type Step} from './flow.ts';
import type {Options} from './options.ts';
import {go} from './proof.ts';
import {pageError} from '../common/pageerror.ts';

export type {Options, Settings} from './options.ts';

export interface Mounted {
  // close stops all background work and empties the root.
  close(): void;
}

// mount shows the sign-in in an element, which may be in a shadow root. With resume it continues a
// sign-in for which the browser returns from another provider, if there is one.
export function mount(root: Element, options: Options, resume?: () => Promise<TokenPair | undefined>): Mounted {
  const flow = new Flow(root, options, askStep);
  if (resume) {
    flow.go(waitStep(flow));
    void comeBack(flow, resume);
  } else {
    flow.begin();
  }
  return {
    close() {
      flow.close();
      root.replaceChildren();
    },
  };
}

async function comeBack(flow: Flow, resume: () => Promise<TokenPair | undefined>): Promise<void> {
  let none = false;
  await flow.work((_, err) => err && flow.begin(err), () => go(flow, async () => {
    const pair = await resume();
    if (pair) return pair;
    none = true;
    throw pageError('none');
  }, err => {
    if (none) return flow.begin();
    // For a provider, this is the result of the user's consent, or of sign-up here.
    throw err.code === 'forbidden' ? pageError('site', err.status, err) : err;
  }));
}

// waitStep is shown while the browser navigates.
export function waitStep(flow: Flow): Step {
  return {name: 'wait', title: flow.t('signin.wait'), body: [h('div', {class: 'bar', role: 'progressbar', 'aria-label': flow.t('signin.wait')})]};
}
