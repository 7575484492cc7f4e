import {ApiError, type CodeStatusResp, type Ticket} from '../../../../clients/ts/src/index.ts';
import {h, show, type Child} from '../common/dom.ts';
import type {Address} from './address.ts';
import {askFor, clock, codeIn} from './codes.ts';
import {wait} from './errors.ts';
import {field, type Field} from './fields.ts';
import type {Flow} from './flow.ts';

// CodeEntry is a field for a code, with the status of its message.
export interface CodeEntry {
  field: Field;
  lead: HTMLElement;
  // below shows the status of the message and the possible actions.
  below: HTMLElement;
  // value is the proof, or nothing if digits are missing.
  value(): {otpId: string; otp: string} | undefined;
  // refused handles an error: the code may no longer be valid.
  refused(err: unknown): void;
  stop(): void;
}

// late is the number of seconds after which a message is late if its usual duration is unknown.
const late = 30;

const reasons = ['invalid_number', 'invalid_address', 'not_mobile', 'opted_out', 'unreachable_handset', 'blocked_by_carrier'];

const now = (): number => performance.now() / 1000;

// codeEntry creates the field for a code that was sent to an address. When all digits are entered
// it submits its form, unless the form waits for more input.
export function codeEntry(flow: Flow, address: Address, first: Ticket, options: {purpose?: 'reset'; waits?: boolean} = {}): CodeEntry {
  const {t, settings} = flow;
  const digits = address.email ? settings.emailDigits : settings.phoneDigits;
  let ticket = first;
  let since = now();
  let status: CodeStatusResp | undefined;
  let over = false;
  let tried = '';
  let watching = new AbortController();
  const stop = new AbortController();

  const one = field(t('signin.code'), {
    inputMode: 'numeric', autocomplete: 'one-time-code', name: 'code', required: true, class: 'code', spellcheck: false, dir: 'ltr', onInput: typed,
  });
  const lead = h('p', null);
  const outcome = h('p', {role: 'status', class: 'outcome small'});
  const again = h('button', {type: 'button', class: 'link', onClick: () => resend()});
  const ways = h('div', {class: 'row'});

  const left = (seconds: number) => seconds - (now() - since);
  const gone = () => over || left(ticket.expiresIn) <= 0;

  function typed() {
    const code = codeIn(one.input.value, digits);
    if (one.input.value !== code && code.length >= 4) one.input.value = code;
    if (!options.waits && code.length === digits && code !== tried) one.input.form?.requestSubmit();
  }

  function value() {
    const otp = codeIn(one.input.value, digits);
    if (otp.length >= 4) {
      tried = otp;
      return {otpId: ticket.otpId, otp};
    }
    one.fail(t('signin.error.code_short', {n: digits}));
    one.input.focus();
    return undefined;
  }

  function refused(err: unknown) {
    if (!(err instanceof ApiError) || !['otp_invalid', 'not_found'].includes(err.code) || (err.field && err.field !== 'otp')) return;
    over = !err.attemptsLeft;
    one.input.select();
    tick();
  }

  // start follows the status of a message.
  function start(next: Ticket) {
    ticket = next;
    since = now();
    status = undefined;
    over = false;
    tried = '';
    show(lead, ...around(t(`signin.sent_by.${ticket.channel}`), ticket.to));
    watching.abort();
    watching = new AbortController();
    flow.client.watch(ticket.otpId, got => {
      status = got;
      tick();
    }, watching.signal).catch(() => undefined); // the status is then unknown
    tick();
  }

  // tick updates everything that changes with time.
  function tick() {
    const wanted = left(ticket.resendIn);
    one.hint(gone() ? t('signin.code_gone') : t('signin.code_hint', {n: digits, time: clock(left(ticket.expiresIn))}));
    again.textContent = gone() ? t('signin.code_new') : wanted > 0 ? t('signin.again_in', {time: clock(wanted)}) : t('signin.again');
    again.setAttribute('aria-disabled', String(!gone() && wanted > 0));
    const text = story();
    if (outcome.textContent !== text) outcome.textContent = text;
    const offer = offered(wanted);
    if (ways.dataset.offer !== offer.join()) {
      ways.dataset.offer = offer.join();
      show(ways, ...offer.map(channel => h('button', {type: 'button', onClick: () => resend(channel)}, t(`signin.by.${channel}`))));
    }
  }

  // story shows the status of the message.
  function story(): string {
    if (gone()) return '';
    if (status?.status === 'failed') return t(`signin.failed.${reasons.includes(status.reason ?? '') ? status.reason : 'other'}`);
    if (status?.status === 'delivered') return t('signin.status.delivered');
    const expected = status?.expectedIn ?? ticket.expectedIn;
    if (now() - since > Math.max(late, 3 * (expected ?? 0))) return t('signin.status.late');
    const said = t(`signin.status.${status?.status === 'sent' ? 'sent' : 'queued'}`);
    return expected ? `${said} ${t('signin.status.expected', {time: wait(flow.options.locale, expected)})}` : said;
  }

  // offered returns the other channels: those that the service offers after a failure, and all of
  // them if the message is late and may be requested again.
  function offered(wanted: number): string[] {
    if (status?.status === 'failed') return status.offer ?? [];
    const isLate = now() - since > Math.max(late, 3 * (status?.expectedIn ?? ticket.expectedIn ?? 0));
    if (!address.phone || !isLate || wanted > 0 || status?.status === 'delivered') return [];
    return settings.channels.filter(channel => channel !== ticket.channel);
  }

  function resend(channel?: string) {
    if (again.getAttribute('aria-disabled') === 'true' && !channel) return;
    void flow.work(one.fail, async () => {
      start(await another(channel));
      one.input.focus();
    });
  }

  // another sends the same code again, or a new one if that has expired.
  async function another(channel?: string): Promise<Ticket> {
    if (gone() || (channel && status?.status !== 'failed')) return askFor(flow, address, options.purpose, channel);
    const {otpId} = ticket;
    try {
      return await flow.solving(captcha => flow.client.call<Ticket>('POST', '/user/otp', {otpId, channel, captcha}, {auth: false}));
    } catch (err) {
      if (!(err instanceof ApiError) || err.code !== 'not_found') throw err;
      return askFor(flow, address, options.purpose, channel);
    }
  }

  const timer = setInterval(tick, 1000);
  start(first);
  fromMessage(one.input, stop.signal);
  return {
    field: one, lead, value, refused, below: h('div', {class: 'message'}, outcome, h('div', {class: 'row'}, again), ways),
    stop() {
      clearInterval(timer);
      watching.abort();
      stop.abort();
    },
  };
}

// around inserts a value into a sentence, in bold.
function around(sentence: string, value: string): Child[] {
  const [before, after] = sentence.split('{to}');
  return [before, h('strong', {dir: 'ltr'}, value), after];
}

// fromMessage lets the browser read the code from the text message, if it supports WebOTP.
function fromMessage(input: HTMLInputElement, signal: AbortSignal): void {
  if (!('OTPCredential' in window)) return;
  const options = {otp: {transport: ['sms']}, signal} as CredentialRequestOptions;
  navigator.credentials.get(options).then(found => {
    input.value = (found as Credential & {code: string}).code;
    input.dispatchEvent(new Event('input'));
  }, () => undefined); // the user or this page cancelled it
}
