import type {ApiError, Client, TokenPair} from '../../../../clients/ts/src/index.ts';

// Settings come from the server (web.SignIn in Go).
export interface Settings {
  // email reports whether codes by e-mail sign in, mail whether e-mail is available at all.
  email: boolean;
  mail: boolean;
  // region is the country of numbers in national format. regions are the countries to which codes
  // are sent; empty means all.
  region: string;
  regions?: string[];
  // channels are the channels to a phone, the default first.
  channels: string[];
  // phoneDigits and emailDigits are the lengths of codes.
  phoneDigits: number;
  emailDigits: number;
  // signUp is open, invite or closed.
  signUp: string;
  // passkeys are the origins of pages that may use them.
  passkeys?: string[];
  // social are the providers, and home is the URL to which a browser returns from them.
  social?: {name: string}[];
  home?: string;
  // resetWaits reports that a password reset of an account with two addresses takes a day.
  resetWaits?: boolean;
  // application is the name of the application that requests the sign-in.
  application?: string;
}

export interface Options {
  // client manages the tokens of the sign-in, or keeps them in memory only.
  client: Client;
  settings: Settings;
  // locale is the language of texts, which are indexed by key.
  locale: string;
  texts: Record<string, string>;
  // name is the name shown in the title.
  name: string;
  // hint is a prefilled address or name.
  hint?: string;
  // focus moves the cursor into the first field immediately.
  focus?: boolean;
  // problem is shown on the first step.
  problem?: ApiError;
  // done gets the tokens. It may reject with an ApiError, which is shown.
  done(pair: TokenPair): void | Promise<void>;
  // methods are the enabled ways to sign in, of phone, email, password, passkey and sites; all by
  // default.
  methods?: string[];
  // failed gets every error that is shown to the user.
  failed?(err: ApiError): void;
  // captcha shows the captcha that an answer requires, and resolves with its token.
  captcha?(demand: ApiError): Promise<string>;
  // comeBack is the URL to which a browser returns from another provider, one of Social.Redirects;
  // without it there are no provider buttons. leave is called before the browser leaves.
  comeBack?: string;
  leave?(): void;
}
