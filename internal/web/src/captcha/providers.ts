import type {Ask} from '../common/puzzle.ts';

// Setting comes from the server (web.Captcha in Go).
export interface Setting {
  provider: string;
  siteKey: string;
  scored: boolean;
}

// Room is what the widget of a provider gets.
interface Room {
  setting: Setting;
  ask: Ask;
  // place is where the widget is shown.
  place: HTMLElement;
  load(src: string): Promise<void>;
  solved(token: string): void;
  failed(): void;
  closed(): void;
}

// Widget is the global that the providers' scripts define, except GeeTest's.
interface Widget {
  render(place: HTMLElement, options: Record<string, unknown>): void;
  ready(then: () => void): void;
  execute(siteKey: string, options: {action: string}): Promise<string>;
}

interface GeeTest {
  onReady(then: () => void): GeeTest;
  onSuccess(then: () => void): GeeTest;
  onError(then: () => void): GeeTest;
  onClose(then: () => void): GeeTest;
  showCaptcha(): void;
  getValidate(): Record<string, string>;
}

const scripts = window as unknown as Record<string, Widget> & {initGeetest4(options: object, then: (made: GeeTest) => void): void};

// options are the options that the widgets have in common.
function options({setting, ask, solved, failed}: Room): Record<string, unknown> {
  return {sitekey: setting.siteKey, theme: ask.dark ? 'dark' : 'light', callback: solved, 'error-callback': failed};
}

// geetestLocales maps languages to GeeTest's names for them.
const geetestLocales: Record<string, string> = {en: 'eng', ja: 'jpn', ko: 'kor', zh: 'zho', es: 'spa', hi: 'hin'};

// The values of GeeTest's answer that form a token (docs/captcha.md).
const geetestValues = ['captcha_id', 'lot_number', 'captcha_output', 'pass_token', 'gen_time'];

// providers shows the widget of each provider, by the names of Captcha.Provider.
export const providers: Record<string, (room: Room) => Promise<void>> = {
  async turnstile(room) {
    await room.load('https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit');
    scripts.turnstile!.render(room.place, {...options(room), action: room.ask.action, language: room.ask.locale, size: 'flexible'});
  },

  async hcaptcha(room) {
    await room.load(`https://js.hcaptcha.com/1/api.js?render=explicit&recaptchacompat=off&hl=${encodeURIComponent(room.ask.locale)}`);
    scripts.hcaptcha!.render(room.place, options(room));
  },

  async recaptcha(room) {
    const {setting, ask} = room;
    const render = setting.scored ? setting.siteKey : 'explicit';
    await room.load(`https://www.google.com/recaptcha/api.js?render=${encodeURIComponent(render)}&hl=${encodeURIComponent(ask.locale)}`);
    scripts.grecaptcha!.ready(() => {
      if (setting.scored) scripts.grecaptcha!.execute(setting.siteKey, {action: ask.action}).then(room.solved, room.failed);
      else scripts.grecaptcha!.render(room.place, options(room));
    });
  },

  async geetest(room) {
    await room.load('https://static.geetest.com/v4/gt4.js');
    const language = geetestLocales[room.ask.locale] ?? 'eng';
    scripts.initGeetest4({captchaId: room.setting.siteKey, product: 'bind', protocol: 'https://', language}, made => {
      made.onReady(() => made.showCaptcha()).onError(room.failed).onClose(room.closed).onSuccess(() => {
        const got = made.getValidate();
        room.solved(JSON.stringify(Object.fromEntries(geetestValues.map(name => [name, got[name]]))));
      });
    });
  },
};
