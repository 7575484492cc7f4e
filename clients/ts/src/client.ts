import { account } from './account.ts'
import { ApiError } from './errors.ts'
import { factors } from './factors.ts'
import { passkeys } from './passkeys.ts'
import { sender, type CallOptions } from './send.ts'
import { ended, keep, type Given } from './session.ts'
import { signIn } from './signin.ts'
import { social } from './social.ts'
import { open, type Storages, type TokenStore } from './stores.ts'
import type { TokenPair } from './types.ts'

export interface Options {
  /** Where the service is, without a slash at the end; without it, where the page is from. */
  url?: string
  /**
   * Where tokens are kept: `memory` (the default) for as long as the page is there, `session`
   * for the tab, `local` for all tabs, or a store of your own.
   */
  storage?: Storages | TokenStore
  fetch?: typeof fetch
  /** The language of messages, a BCP 47 tag, where a request does not name one. */
  locale?: string
  /** Called when somebody signs in or out, here or in another tab. */
  onChange?: (signedIn: boolean) => void
  /** Seconds within which a request that may be repeated is repeated; 10 without it. */
  retryFor?: number
}

export type Call = <T = void>(method: string, path: string, body?: unknown, options?: CallOptions) => Promise<T>

export type Client = ReturnType<typeof createClient>

/** Makes a client of one service, with at most one sign-in. */
export function createClient(options: Options = {}) {
  const url = (options.url ?? '').replace(/\/+$/, '')
  const send = sender({ url, fetch: options.fetch, retryFor: options.retryFor ?? 10 })
  // Clients of different services on one page share nothing.
  const store = open(options.storage ?? 'memory', `user-api${url && ` ${url}`}`)
  const session = keep(store, exchange, options.onChange ?? (() => {}))

  // The same token may be exchanged again for some seconds, so an answer that does not come
  // is given up in time for another try.
  function exchange(refreshToken: string) {
    return send<TokenPair>('POST', '/user/refresh', { refreshToken }, { repeatable: true, timeouts: [4, 10, 10], retryFor: 8 })
  }

  const call: Call = async (method, path, body, options = {}) => {
    const { signal } = options
    const tokens = (options.auth ?? true) ? await unless(session.fresh(), signal) : undefined
    try {
      return await send(method, path, body, options, tokens?.accessToken)
    } catch (err) {
      if (!tokens || !(err instanceof ApiError && err.status === 401 && ended.test(err.code))) throw err
      // Nothing was done. The token may have been good for less time than was thought.
      const next = await unless(session.renew(tokens), signal)
      // What one user wanted is not done as another, who has signed in meanwhile.
      if (next?.session !== tokens.session) throw err
      return send(method, path, body, options, next.accessToken)
    }
  }

  /** Sends a proof, and signs in by the tokens that it is answered with. */
  async function enter(path: string, body: object, options?: CallOptions): Promise<TokenPair> {
    const pair = await call<TokenPair>('POST', path, body, { auth: false, ...options })
    session.adopt(pair)
    return pair
  }

  const parts = { url, call, enter, locale: options.locale, forget: session.end }

  return {
    /** Any request, with the token where somebody is signed in. All the others stand on it. */
    call,
    /** Whether somebody is signed in, as far as is known without waiting. */
    get signedIn(): boolean {
      return session.signedIn()
    },
    /** Signs in by tokens that came by another way. */
    adopt: (pair: Given): void => session.adopt(pair),
    /** A token for requests to other services, exchanged in time; nothing when signed out. */
    accessToken: async (): Promise<string | undefined> => (await session.fresh())?.accessToken,
    /**
     * Signs out, in the other tabs as well. The tokens are gone from this device in any case;
     * it is rejected where the service could not be told.
     */
    async signOut(): Promise<void> {
      const held = await session.end()
      if (!held) return
      const { accessToken, refreshToken } = held
      const options = { repeatable: true, keepalive: true }
      await send('POST', '/user/logout', refreshToken ? { refreshToken } : undefined, options, accessToken).catch((err) => {
        if (err.status !== 401) throw err
      })
    },
    /** Ends what the client listens to. */
    close: () => session.close(),
    ...signIn(parts),
    ...account(parts),
    factors: factors(parts),
    passkeys: passkeys(parts),
    social: social(parts),
  }
}

/** What the parts of a client are made of. */
export interface Parts {
  url: string
  call: Call
  enter: (path: string, body: object, options?: CallOptions) => Promise<TokenPair>
  locale?: string
  forget: () => Promise<unknown>
}

/** The promise, unless the signal comes first. What it stands for goes on, for others. */
function unless<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise
  const done = new AbortController()
  const ended = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { signal: done.signal })
  })
  return Promise.race([promise, ended]).finally(() => done.abort())
}
