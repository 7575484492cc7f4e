import {ApiError, type Client, type TokenPair} from '../../../../clients/ts/src/index.ts';
import {h, show, type Child} from '../common/dom.ts';
import {translator, type Translate} from '../common/translate.ts';
import {problem} from './errors.ts';
import type {Options, Settings} from './options.ts';

// Step is one screen.
export interface Step {
  // name identifies the step in tests and styles.
  name: string;
  title: string;
  body: Child[];
  // focus is the field that gets the focus first; without one the heading is read.
  focus?: HTMLElement;
  // leave stops the background work of the step.
  leave?(): void;
}

// Flow shows one step after the other and holds their shared state.
export class Flow {
  readonly t: Translate;
  readonly client: Client;
  readonly settings: Settings;
  private step?: Step;
  private busy = false;

  readonly options: Options;
  private readonly root: Element;
  private readonly first: (flow: Flow, problem?: string) => Step;

  // first returns the first step, with a message to show.
  constructor(root: Element, options: Options, first: (flow: Flow, problem?: string) => Step) {
    this.root = root;
    this.options = options;
    this.first = first;
    this.t = translator(options.texts);
    this.client = options.client;
    this.settings = options.settings;
  }

  // go shows a step. The first one gets the focus only if requested.
  go(step: Step): void {
    const first = !this.step;
    this.close();
    this.step = step;
    const heading = h('h1', {tabIndex: -1}, step.title);
    const {application} = this.settings;
    show(this.root, h('div', {class: `step ${step.name}`},
      h('header', null, heading, application && h('p', {class: 'soft'}, this.t('signin.for', {name: application}))), ...step.body));
    if (!first || this.options.focus) (step.focus ?? heading).focus();
  }

  // offers reports whether a way to sign in is enabled here.
  offers(method: string): boolean {
    const {methods} = this.options;
    return !methods?.length || methods.includes(method);
  }

  // close stops the background work of the current step.
  close(): void {
    this.step?.leave?.();
    this.step = undefined;
  }

  // shows reports whether a step is still current; late results for another step are ignored.
  shows(step: Step): boolean {
    return this.step === step;
  }

  // work runs one task at a time and shows its errors.
  async work(tell: (text: string, err?: ApiError) => void, work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.root.setAttribute('aria-busy', 'true');
    tell('');
    try {
      await work();
    } catch (err) {
      if (!(err instanceof ApiError)) throw err;
      tell(problem(this.t, this.options.locale, err), err);
      this.options.failed?.(err);
    } finally {
      this.busy = false;
      this.root.removeAttribute('aria-busy');
    }
  }

  // solving sends a request, and repeats it with a captcha token if required.
  async solving<T>(request: (captcha?: string) => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (err) {
      const {captcha} = this.options;
      if (!(err instanceof ApiError) || err.code !== 'captcha_required' || !captcha) throw err;
      return request(await captcha(err));
    }
  }

  // begin shows the first step.
  begin(err?: ApiError): void {
    this.go(this.first(this, err && problem(this.t, this.options.locale, err)));
  }

  // done passes the tokens on. If they are refused, the proof is used up.
  async done(pair: TokenPair): Promise<void> {
    try {
      await this.options.done(pair);
    } catch (err) {
      if (!(err instanceof ApiError)) throw err;
      this.begin(err);
    }
  }
}
