import {ApiError, type TokenPair} from '../../../../clients/ts/src/index.ts';
import {h} from '../common/dom.ts';
import type {Flow} from './flow.ts';
import {go} from './proof.ts';
import {pageError} from '../common/pageerror.ts';

// A challenge is valid for five minutes; a new one is requested before that.
const renewal = 4 * 60_000;

// passkeysHere reports whether the service's passkeys can be used on this page.
export function passkeysHere(flow: Flow): boolean {
  return flow.offers('passkey') && isSecureContext && !!flow.settings.passkeys?.includes(location.origin) && flow.client.passkeys.supported();
}

// byPasskey asks the browser for a passkey, as a second factor if there is an mfaToken. A dismissed
// prompt is not an error.
export async function byPasskey(flow: Flow, mfaToken?: string): Promise<void> {
  let pair: TokenPair | undefined;
  await go(flow, async () => (pair = await flow.client.passkeys.signIn({mfaToken})), err => {
    throw err;
  }).catch(err => {
    if (pair || err instanceof ApiError) throw err;
    // NotAllowedError: dismissed, or none available. AbortError: requested elsewhere.
    if (!['NotAllowedError', 'AbortError'].includes(err.name)) throw pageError('passkey', 0, err);
  });
}

// passkeyButton prompts immediately. A browser handles one prompt at a time, so the offer in a
// field stops first, and starts again if nothing was chosen.
export function passkeyButton(flow: Flow, tell: (text: string) => void, {mfaToken, inField}: {mfaToken?: string; inField?: InField} = {}): HTMLButtonElement | undefined {
  if (!passkeysHere(flow)) return undefined;
  const onClick = async () => {
    await flow.work(tell, async () => {
      await inField?.pause();
      await byPasskey(flow, mfaToken);
    });
    inField?.start();
  };
  return h('button', {type: 'button', class: 'wide', onClick: () => void onClick()}, flow.t('signin.passkey'));
}

export interface InField {
  start(): void;
  pause(): Promise<void>;
  // end stops it permanently.
  end(): void;
}

// passkeyInField lets the browser offer passkeys in the name field.
export function passkeyInField(flow: Flow, tell: (text: string) => void): InField {
  let turn = new AbortController();
  let running = Promise.resolve();
  let over = !passkeysHere(flow);
  const pause = () => {
    turn.abort();
    return running;
  };
  const start = () => {
    if (over) return;
    turn.abort();
    turn = new AbortController();
    running = offer(flow, tell, turn.signal);
  };
  start();
  return {
    start, pause,
    end() {
      over = true;
      turn.abort();
    },
  };
}

async function offer(flow: Flow, tell: (text: string) => void, stop: AbortSignal): Promise<void> {
  if (!await flow.client.passkeys.autofills()) return;
  while (!stop.aborted) {
    const turn = new AbortController();
    const end = () => turn.abort();
    stop.addEventListener('abort', end);
    const timer = setTimeout(end, renewal);
    try {
      const pair = await flow.client.passkeys.signIn({autofill: true, signal: turn.signal});
      await flow.done(pair);
      return;
    } catch (err) {
      if (err instanceof ApiError && err.code === 'invalid_credentials') tell(flow.t('signin.error.passkey_unknown'));
      // The browser refuses, or the service is unreachable: the button remains.
      else if (!turn.signal.aborted) return;
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
    }
  }
}
