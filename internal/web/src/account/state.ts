import {createClient, type DeleteUserReq, type UserInfo} from '../../../../clients/ts/src/index.ts';
import {page} from '../common/page.ts';

// Settings are what the server says of the service (web.Account in Go).
interface Settings {
  // avatars, passkeys and mail say whether there are any.
  avatars: boolean;
  passkeys: boolean;
  mail: boolean;
  // languages are those that messages are written in.
  languages: string[];
  // sites are those whose accounts can be linked, and home is where a browser comes back to
  // from them.
  sites?: string[];
  home?: string;
}

export const settings = page.data as unknown as Settings;

const watchers: {user: (() => void)[]; out: (text: string) => void} = {user: [], out: () => {}};
let parting = 'account.out.gone';
let current: UserInfo | undefined;
let document: Response | undefined;

// The export is kept as it came: numbers that JavaScript cannot hold would change.
async function fetchKept(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const answer = await fetch(input, init);
  if (input === '/user/export') document = answer.clone();
  return answer;
}

export const client = createClient({
  storage: 'local', locale: page.locale, fetch: fetchKept, retryFor: 4,
  onChange: signedIn => signedIn || watchers.out(parting),
});

// exported is everything held about the user, as text. It is rejected where it is not whole.
export async function exported(): Promise<string> {
  const {complete} = await client.exportData();
  const text = await document!.text();
  document = undefined;
  if (!complete) throw new Error('the export is not whole');
  return text;
}

// me is who is signed in, once that is known.
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

// whenOut is called when nobody is signed in any more, in this tab or in another.
export const whenOut = (tell: (text: string) => void) => void (watchers.out = tell);

// erase erases the account, after which nobody is signed in.
export async function erase(proof: DeleteUserReq): Promise<void> {
  parting = 'account.out.erased';
  try {
    await client.deleteAccount(proof);
  } catch (err) {
    parting = 'account.out.gone';
    throw err;
  }
}
