// embed.ts is the web component <user-api-signin>. The script at /signin.js imports this one, which
// can be cached forever, and passes its settings.
import {ApiError, createClient, type Client, type TokenPair} from '../../../../clients/ts/src/index.ts';
import {h, show} from '../common/dom.ts';
import {puzzle} from '../common/puzzle.ts';
import {inTheme, themeOf} from '../common/theme.ts';
import {translator, type Translate} from '../common/translate.ts';
import {mount, type Mounted, type Settings} from '../signin/mount.ts';
import {pick} from './choice.ts';

// Given comes from the server (web.component in Go).
interface Given {
  languages: Record<string, string>;
  brand: {name: string; terms?: string; privacy?: string};
  settings: Settings;
  captcha?: string;
}

// Spoken is the component in one language (web.spoken in Go).
interface Spoken {
  locale: string;
  dir: string;
  texts: Record<string, string>;
  style: string;
}

type Storage = 'memory' | 'session' | 'local';

// define registers the element. from is the URL of the script.
export function define(given: Given, from: string): void {
  const home = new URL('.', from).href;

  class SignIn extends HTMLElement {
    static readonly observedAttributes = ['locale', 'methods', 'service', 'storage', 'theme'];
    private readonly root = this.attachShadow({mode: 'open'});
    private mounted?: Mounted;
    private made?: Client;
    // turn counts the starts of the element; late results for an earlier turn are ignored.
    private turn = 0;

    // client calls the service as the user who is signed in here.
    get client(): Client {
      return (this.made ??= createClient({
        url: this.service, storage: (this.getAttribute('storage') ?? 'memory') as Storage, locale: this.locale,
        onChange: signedIn => signedIn || this.ended(),
      }));
    }

    connectedCallback(): void {
      void this.begin();
    }

    disconnectedCallback(): void {
      this.turn++;
      this.mounted?.close();
    }

    attributeChangedCallback(name: string, before: string | null, after: string | null): void {
      if (before === after) return;
      if (name === 'service' || name === 'storage') {
        this.made?.close();
        this.made = undefined;
      }
      if (this.isConnected && this.turn > 0) void this.begin(); // attributes in the markup are set before the connection
    }

    private get service(): string {
      return new URL(this.getAttribute('service') ?? home, location.href).href.replace(/\/$/, '');
    }

    private get locale(): string {
      const wanted = this.getAttribute('locale') ?? this.closest('[lang]')?.getAttribute('lang');
      return pick(Object.keys(given.languages), wanted ? [wanted] : navigator.languages);
    }

    private async begin(): Promise<void> {
      const turn = ++this.turn;
      this.mounted?.close();
      this.mounted = undefined;
      const answer = await fetch(new URL(given.languages[this.locale]!, home)).catch(() => undefined);
      const spoken: Spoken | undefined = answer?.ok ? await answer.json() : undefined;
      if (turn !== this.turn) return;
      if (!spoken) return this.tell('error', new ApiError(0, {code: 'offline'}));
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(spoken.style);
      inTheme(sheet, this.getAttribute('theme') ?? themeOf(this));
      this.root.adoptedStyleSheets = [sheet];
      this.show(spoken);
    }

    // show shows the steps, or the sign-out view for a signed-in user.
    private show(spoken: Spoken): void {
      const t = translator(spoken.texts);
      const {brand, settings} = given;
      const link = (href: string | undefined, text: string) => href && h('a', {href, target: '_blank', rel: 'noopener'}, t(text));
      const steps = h('div', null);
      const card = h('div', {class: 'card', part: 'card', lang: spoken.locale, dir: spoken.dir}, steps,
        (brand.terms || brand.privacy) && h('footer', {class: 'row small soft', part: 'footer'}, link(brand.terms, 'signin.terms'), link(brand.privacy, 'signin.privacy')));
      this.root.replaceChildren(card);
      if (this.client.signedIn) return this.showOut(steps, t);
      this.mounted = mount(steps, {
        client: this.client, settings, locale: spoken.locale, texts: spoken.texts, name: brand.name,
        methods: this.getAttribute('methods')?.split(/[\s,]+/).filter(Boolean),
        done: pair => this.done(pair, steps, t),
        captcha: given.captcha === undefined ? undefined : demand => puzzle({
          room: card, url: `${this.service}/${given.captcha}`, locale: spoken.locale, t,
        }, demand),
        failed: err => this.tell('error', err),
      });
    }

    private done(pair: TokenPair, steps: Element, t: Translate): void {
      this.mounted?.close();
      this.mounted = undefined;
      this.showOut(steps, t);
      this.tell('signed-in', pair);
    }

    private showOut(steps: Element, t: Translate): void {
      show(steps, h('div', {class: 'step'}, h('p', {role: 'status'}, t('signin.signed_in')),
        h('button', {type: 'button', class: 'wide', part: 'sign-out', onClick: () => void this.client.signOut().catch(() => undefined)}, t('signin.sign_out'))));
    }

    // ended is called when the user is signed out, here or in another tab.
    private ended(): void {
      this.tell('signed-out');
      if (this.isConnected) void this.begin();
    }

    private tell(name: string, detail?: unknown): void {
      this.dispatchEvent(new CustomEvent(name, {detail, bubbles: true, composed: true}));
    }
  }

  if (!customElements.get('user-api-signin')) customElements.define('user-api-signin', SignIn);
}
