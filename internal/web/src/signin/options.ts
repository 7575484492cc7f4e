import type {ApiError, Client, TokenPair} from '../../../../clients/ts/src/index.ts';

// Settings are what the server says of the service (web.SignIn in Go).
export interface Settings {
  // email is whether codes to e-mail addresses sign in, mail whether there is e-mail at all.
  email: boolean;
  mail: boolean;
  // region is the country of numbers written nationally; regions are those that codes are
  // sent to, and none of them means all.
  region: string;
  regions?: string[];
  // channels are the ways to a phone, the usual one first.
  channels: string[];
  // phoneDigits and emailDigits are how long codes are.
  phoneDigits: number;
  emailDigits: number;
  // signUp is open, invite or closed.
  signUp: string;
  // passkeys are the origins of pages that may ask for them.
  passkeys?: string[];
  // social are the sites to sign in by, and home where a browser comes back from them.
  social?: {name: string}[];
  home?: string;
  // resetWaits says that a new password of an account with two addresses takes a day.
  resetWaits?: boolean;
  // application is the name of the application that asks for the sign-in.
  application?: string;
}

export interface Options {
  // client keeps the tokens of the sign-in, or has them in memory alone.
  client: Client;
  settings: Settings;
  // locale is the language of the texts, which are by their keys.
  locale: string;
  texts: Record<string, string>;
  // name is who the user signs in to.
  name: string;
  // hint is an address or a name that is filled in.
  hint?: string;
  // focus moves the cursor into the first field at once.
  focus?: boolean;
  // problem is told on the first step.
  problem?: ApiError;
  // done is given the tokens. It may be rejected with an ApiError, which is told.
  done(pair: TokenPair): void | Promise<void>;
  // methods are the ways in that are offered, of phone, email, password, passkey and sites;
  // all without it.
  methods?: string[];
  // failed is told what the user is told.
  failed?(err: ApiError): void;
  // captcha shows the puzzle that an answer demands, and resolves with its token.
  captcha?(demand: ApiError): Promise<string>;
  // comeBack is where a browser returns to from another site, one of Social.Redirects;
  // without it there are no buttons of sites. leave is called before the browser goes.
  comeBack?: string;
  leave?(): void;
}
