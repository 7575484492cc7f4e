// puzzle.ts shows the captcha that an answer requires, in a frame of the service, because the page
// itself runs no script of another host.
import {ApiError} from '../../../../clients/ts/src/index.ts';
import {h} from './dom.ts';
import {isDark} from './theme.ts';
import type {Translate} from './translate.ts';
import {pageError} from './pageerror.ts';

// Ask is sent to the frame, and Answer comes back.
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
  // room is the element for the dialog.
  room: ParentNode;
  // url is the URL of the captcha page.
  url: string;
  locale: string;
  t: Translate;
}

// small are the providers whose widget always stays small.
const small = ['turnstile'];

// puzzle resolves with the token. It rejects with the demand if the user gives up, and with the
// code captcha if the widget does not load.
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
      if (data.failed) failure = pageError('captcha'); // the frame shows the error itself
      else dialog.close();
    };
    room.append(dialog);
    dialog.showModal();
  });
}
