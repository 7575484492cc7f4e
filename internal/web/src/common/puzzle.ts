// puzzle.ts shows the captcha that an answer demands, in a frame of the service: the page
// itself lets no script of another host run.
import {ApiError} from '../../../../clients/ts/src/index.ts';
import {h} from './dom.ts';
import {isDark} from './theme.ts';
import type {Translate} from './translate.ts';
import {pageError} from './pageerror.ts';

// Ask is what the frame is sent, and Answer what it sends back.
export interface Ask {
  action: string;
  locale: string;
  dark: boolean;
}
export interface Answer {
  token?: string;
  failed?: boolean;
  closed?: boolean;
}

export interface PuzzleOptions {
  // room is where the dialog is put.
  room: ParentNode;
  // url is the address of the page captcha.
  url: string;
  locale: string;
  t: Translate;
}

// small are the providers whose puzzle is so from beginning to end.
const small = ['turnstile'];

// puzzle resolves with the token. It is rejected with the demand where the user gives up,
// and with the code captcha where the puzzle does not load.
export function puzzle({room, url, locale, t}: PuzzleOptions, demand: ApiError): Promise<string> {
  return new Promise((resolve, reject) => {
    const {port1, port2} = new MessageChannel();
    const title = t('shared.captcha');
    let failure = demand;
    const frame = h('iframe', {title, src: url});
    const dialog = h('dialog', {class: `puzzle ${small.includes(demand.captcha ?? '') ? 'small' : ''}`, 'aria-label': title},
      h('p', null, title), frame, h('button', {type: 'button', onClick: () => dialog.close()}, t('shared.captcha_cancel')));
    frame.addEventListener('load', () => {
      const ask: Ask = {action: demand.captchaAction ?? '', locale, dark: isDark(dialog)};
      frame.contentWindow!.postMessage(ask, new URL(url, location.href).origin, [port2]);
    }, {once: true});
    dialog.addEventListener('close', () => {
      dialog.remove();
      port1.close();
      reject(failure); // does nothing after the token
    });
    port1.onmessage = ({data}: MessageEvent<Answer>) => {
      if (data.token) resolve(data.token);
      if (data.failed) failure = pageError('captcha'); // the frame says so itself
      else dialog.close();
    };
    room.append(dialog);
    dialog.showModal();
  });
}
