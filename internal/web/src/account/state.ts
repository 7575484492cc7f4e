import {createClient, type DeleteUserReq, type UserInfo} from '../../../../clients/ts/src/index.ts';
import {page} from '../common/page.ts';

// Settings come from the server (web.Account in Go).
interface Settings {
  // avatars, passkeys and mail report whether these features are configured.
  avatars: boolean;
  passkeys: boolean;
  mail: boolean;
  // languages are the languages of messages.
  languages: string[];
  // sites are the providers whose accounts can be linked. home is the URL to which a browser
  // returns from them.
  sites?: string[];
  home?: string;
}

export const settings = page.data as unknown as Settings;

const watchers: {user: (() => void)[]; out: (text: string) => void} = {user: [], out: () => {}};
let parting = 'account.out.gone';
let current: UserInfo | undefined;
let document: Response | undefined;

// The export stays text: JavaScript cannot represent all its numbers.
async function fetchKept(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const answer = await fetch(input, init);
  if (input === '/user/export') document = answer.clone();
  return answer;
}

export const client = createClient({
  storage: 'local', locale: page.locale, fetch: fetchKept, retryFor: 4,
  onChange: signedIn => signedIn || watchers.out(parting),
});

// exported returns all data about the user as text. It rejects if the document is incomplete.
export async function exported(): Promise<string> {
  const {complete} = await client.exportData();
  const text = await document!.text();
  document = undefined;
  if (!complete) throw new Error('the export is not whole');
  return text;
}

// me is the signed-in user, once known.
export const me = {
  get: (): UserInfo => current!,
  set(user: UserInfo) {
    current = user;
    for (const tell of watchers.user) tell();
  },
  async read() {
    me.set(await client.user());
  },
  watch: (tell: () => void) => void watchers.user.push(tell),
};

// whenOut is called when the user is signed out, in this tab or in another.
export const whenOut = (tell: (text: string) => void) => void (watchers.out = tell);

// erase deletes the account, which also signs out.
export async function erase(proof: DeleteUserReq): Promise<void> {
  parting = 'account.out.erased';
  try {
    await client.deleteAccount(proof);
  } catch (err) {
    parting = 'account.out.gone';
    throw err;
  }
}
