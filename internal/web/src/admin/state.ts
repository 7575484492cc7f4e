import {createClient} from '../../../../clients/ts/src/index.ts';
import {page} from '../common/page.ts';

let out = () => {};

export const client = createClient({storage: 'local', locale: page.locale, retryFor: 4, onChange: signedIn => signedIn || out()});

// whenOut is called when the user is signed out, in this tab or in another.
export const whenOut = (tell: () => void) => void (out = tell);

// get requests a path with a query, omitting empty parameters.
export function get<T>(path: string, query: Record<string, string | number | undefined> = {}): Promise<T> {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') params.set(name, String(value));
  return client.call<T>('GET', `${path}?${params}`);
}
