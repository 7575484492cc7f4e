import {ApiError, type Client, type TokenPair} from '../../../../clients/ts/src/index.ts';
import {h, show, type Child} from '../common/dom.ts';
import {translator, type Translate} from '../common/translate.ts';
import {problem} from './errors.ts';
import type {Options, Settings} from './options.ts';

// Step is what is shown at one time.
export interface Step {
  // name is a word for tests and styles.
  name: string;
  title: string;
  body: Child[];
  // focus is the field to begin with; without one the heading is read.
  focus?: HTMLElement;
  // leave ends what goes on in the background.
  leave?(): void;
}

// Flow shows one step after the other, and has what they share.
export class Flow {
  readonly t: Translate;
  readonly client: Client;
  readonly settings: Settings;
  private step?: Step;
  private busy = false;

  readonly options: Options;
  private readonly root: Element;
  private readonly first: (flow: Flow, problem?: string) => Step;

  // first makes the step that everything begins with, with what is to be told there.
  constructor(root: Element, options: Options, first: (flow: Flow, problem?: string) => Step) {
    this.root = root;
    this.options = options;
    this.first = first;
    this.t = translator(options.texts);
    this.client = options.client;
    this.settings = options.settings;
  }

  // go shows a step. The first one takes the cursor only where that is wanted.
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

  // offers reports whether a way in is one of those that are wanted here.
  offers(method: string): boolean {
    const {methods} = this.options;
    return !methods?.length || methods.includes(method);
  }

  // close ends what the step on show does in the background.
  close(): void {
    this.step?.leave?.();
    this.step = undefined;
  }

  // shows reports whether a step is still the one on show: what comes late for another is
  // of no use.
  shows(step: Step): boolean {
    return this.step === step;
  }

  // work does one thing at a time, and tells what it fails by.
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

  // solving sends a request, and once more with the answer of a captcha where one is
  // demanded.
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

  // done hands the tokens over. Where they are refused, what was proven is used up.
  async done(pair: TokenPair): Promise<void> {
    try {
      await this.options.done(pair);
    } catch (err) {
      if (!(err instanceof ApiError)) throw err;
      this.begin(err);
    }
  }
}
