import {client} from './state.ts';

// maxAge is for how many seconds a sign-in counts as fresh.
const maxAge = 600;

interface Check {
  role: string;
  expiresIn: number;
}

// Standing says whether the page may be shown, and if not, why.
export type Standing = 'in' | 'out' | 'user' | 'stale';

// standing asks the service who is signed in. The age of the sign-in comes from the token and the
// clock of the service, because the browser's clock may be wrong.
export async function standing(): Promise<Standing> {
  if (!client.signedIn) return 'out';
  const {role, expiresIn} = await client.call<Check>('GET', '/user/check');
  if (role !== 'admin') return 'user';
  const token = await client.accessToken();
  if (!token) return 'out';
  const {exp, auth_time: since} = claims(token);
  return exp - expiresIn - since > maxAge ? 'stale' : 'in';
}

function claims(token: string): {exp: number; auth_time: number} {
  return JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')));
}

// signInLink returns the URL of the sign-in page that returns to the current view.
export const signInLink = (): string => `/?returnTo=${encodeURIComponent(location.pathname + location.hash)}`;

// freshLink is like signInLink, but requires a new sign-in.
export const freshLink = (): string => `${signInLink()}&fresh=1`;
