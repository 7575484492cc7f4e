import {client} from './state.ts';

// maxAge is for how many seconds a sign-in is a fresh proof.
const maxAge = 600;

interface Check {
  role: string;
  expiresIn: number;
}

// Standing is whether the page may be shown, and if not what is in the way.
export type Standing = 'in' | 'out' | 'user' | 'stale';

// standing asks the service who is signed in. How old the sign-in is comes from the token,
// by the clock of the service: that of the browser may be wrong.
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

// signInLink leads to the sign-in page, which leads back to what is shown now.
export const signInLink = (): string => `/?returnTo=${encodeURIComponent(location.pathname + location.hash)}`;

// freshLink leads there as well, and demands a new sign-in.
export const freshLink = (): string => `${signInLink()}&fresh=1`;
