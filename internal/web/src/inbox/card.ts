import {h, show} from '../common/dom.ts';
import {page} from '../common/page.ts';
import {t} from '../common/text.ts';

// Message is a message of GET /dev/inbox, Ask its status: see internal/devbox.
export interface Message {
  id: string; to: string; channel: string; body: string; otp: string; at: number; subject?: string; html?: boolean;
}
export interface Step { at: number; step: string; provider?: string; reason?: string; code?: number }
export interface Limit { limit: string; used: number; most: number; window: number }
export interface Ask { id: string; to: string; channel: string; at: number; steps: Step[]; limit?: string; limits?: Limit[] }

const clock = new Intl.DateTimeFormat(page.locale, {hour: '2-digit', minute: '2-digit', second: '2-digit'});
const link = /https?:\/\/[^\s<>"]+/;

// Card shows one message and its status; either may arrive first.
export class Card {
  to = '';
  readonly element: HTMLLIElement;
  private readonly head = h('div', {class: 'head'});
  private readonly content = h('div', {class: 'stack content'});
  private readonly fate = h('ol', {class: 'fate'});
  private readonly counted = h('details', {hidden: true}, h('summary', null, t('inbox.guard')));
  private here = false;

  constructor(at: number) {
    this.element = h('li', {class: 'card', 'data-at': at}, this.head, this.content, this.fate, this.counted);
    this.element.hidden = true; // until it has something to show
  }

  // come shows the message.
  come(m: Message): void {
    this.here = true;
    this.title(m.to, m.channel, m.at * 1000);
    show(this.content,
      m.subject !== undefined && h('h2', null, m.subject),
      h('p', {class: 'bubble'}, ...marked(m.body, m.otp)),
      h('div', {class: 'row'}, m.otp !== '' && copyButton(m.otp), openLink(m.body), m.html && mailButton(m, this.content)));
    this.content.querySelector('.row:empty')?.remove();
  }

  // became shows its status so far.
  became(a: Ask): void {
    if (!this.here) {
      this.title(a.to, a.channel, a.at);
      show(this.content, h('p', {class: a.limit ? 'error' : 'soft'}, a.limit ? t('inbox.limited', {limit: a.limit}) : t('inbox.waiting')));
    }
    show(this.fate, ...(a.limit ? [] : [...a.steps].sort((x, y) => x.at - y.at).map(s => step(s, a.at))));
    if (!a.limits?.length) return;
    this.counted.hidden = false;
    this.counted.querySelector('table')?.remove();
    this.counted.append(table(a.limits));
  }

  private title(to: string, channel: string, at: number): void {
    this.to = to;
    this.element.hidden = false;
    show(this.head,
      h('strong', {dir: 'ltr'}, to), h('span', {class: 'tag'}, t(`inbox.channel.${channel}`)),
      h('time', {class: 'soft small', dateTime: new Date(at).toISOString()}, clock.format(at)));
  }
}

// marked shows a text with its code highlighted.
function marked(text: string, code: string): (Node | string)[] {
  const at = code === '' ? -1 : text.indexOf(code);
  if (at < 0) return [text];
  return [text.slice(0, at), h('strong', {class: 'code', dir: 'ltr'}, code), text.slice(at + code.length)];
}

function copyButton(code: string): HTMLButtonElement {
  const button = h('button', {type: 'button', class: 'main', onClick: copy}, t('inbox.copy'));
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(code);
    } catch {
      return mark(button); // not allowed, or not over https: the user can copy the code by hand
    }
    button.textContent = t('inbox.copied');
    setTimeout(() => (button.textContent = t('inbox.copy')), 2000);
  }
  return button;
}

function mark(near: Element): void {
  const code = near.closest('li')!.querySelector('.code');
  if (code) getSelection()?.selectAllChildren(code);
}

function openLink(text: string): HTMLAnchorElement | false {
  const found = link.exec(text)?.[0];
  return found !== undefined && h('a', {class: 'button', href: found, target: '_blank', rel: 'noopener noreferrer'}, t('inbox.open'));
}

// mailButton shows the e-mail as its reader sees it, in a sandboxed frame.
function mailButton(m: Message, content: Element): HTMLButtonElement {
  let frame: HTMLIFrameElement | undefined;
  const button = h('button', {type: 'button', 'aria-expanded': 'false', onClick: () => {
    if (frame) {
      frame.remove();
      frame = undefined;
    } else {
      frame = h('iframe', {title: t('inbox.mail', {to: m.to}), src: `/dev/inbox/mail/${encodeURIComponent(m.id)}`, sandbox: ''});
      content.append(frame);
    }
    (content.querySelector('.bubble') as HTMLElement).hidden = !!frame;
    button.textContent = t(frame ? 'inbox.hide' : 'inbox.html');
    button.setAttribute('aria-expanded', String(!!frame));
  }}, t('inbox.html'));
  return button;
}

const bad = ['limited', 'failed', 'tried'];
const good = ['delivered', 'used'];

function step(s: Step, asked: number): HTMLLIElement {
  const after = Math.round((s.at - asked) / 1000);
  const failed = bad.includes(s.step) || (s.step === 'provider' && s.reason !== 'accepted');
  const detail = s.step === 'asked' || s.step === 'limited' || s.reason === 'wrong_code' ? '' : [s.provider, s.reason, s.code].filter(Boolean).join(' ');
  return h('li', {class: failed ? 'error' : good.includes(s.step) ? 'good' : ''},
    t(`inbox.step.${s.step}`), detail !== '' && h('code', null, detail), after > 0 && h('span', {class: 'soft'}, t('inbox.after', {seconds: after})));
}

function table(limits: Limit[]): HTMLTableElement {
  const head = ['limit', 'used', 'window'].map(name => h('th', {scope: 'col'}, t(`inbox.${name}`)));
  return h('table', null, h('thead', null, h('tr', null, ...head)), h('tbody', null, ...limits.map(l => h('tr', null,
    h('th', {scope: 'row'}, h('code', null, l.limit)),
    h('td', null, t('inbox.of', {used: amount(l, l.used), most: amount(l, l.most)}),
      h('progress', {max: l.most, value: Math.min(l.used, l.most), 'aria-label': l.limit})),
    h('td', null, time(l.window))))));
}

// amount formats a number of messages, or of dollars if the limit is a budget.
function amount(l: Limit, n: number): string {
  if (l.limit !== 'budget') return String(n);
  return new Intl.NumberFormat(page.locale, {style: 'currency', currency: 'USD', maximumFractionDigits: 3}).format(n / 1e6);
}

function time(seconds: number): string {
  const [n, unit] = seconds % 3600 === 0 ? [seconds / 3600, 'hour'] : seconds % 60 === 0 ? [seconds / 60, 'minute'] : [seconds, 'second'];
  return new Intl.NumberFormat(page.locale, {style: 'unit', unit: unit as string, unitDisplay: 'long'}).format(n as number);
}
