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
  /** The URL of the service, without a trailing slash. The default is the origin of the page. */
  url?: string
  /**
   * Where tokens are stored: `memory` (the default) for the life of the page, `session` for the
   * tab, `local` for all tabs, or your own store.
   */
  storage?: Storages | TokenStore
  fetch?: typeof fetch
  /** The language of messages, a BCP 47 tag, unless a request has its own. */
  locale?: string
  /** Called when somebody signs in or out, here or in another tab. */
  onChange?: (signedIn: boolean) => void
  /** Seconds within which a safe request is retried. The default is 10. */
  retryFor?: number
}

export type Call = <T = void>(method: string, path: string, body?: unknown, options?: CallOptions) => Promise<T>

export type Client = ReturnType<typeof createClient>

/** Creates a client for one service, with at most one sign-in. */
export function createClient(options: Options = {}) {
  const url = (options.url ?? '').replace(/\/+$/, '')
  const send = sender({ url, fetch: options.fetch, retryFor: options.retryFor ?? 10 })
  // Clients of different services on one page share nothing.
  const store = open(options.storage ?? 'memory', `user-api${url && ` ${url}`}`)
  const session = keep(store, exchange, options.onChange ?? (() => {}))

  // The same token can be exchanged again for some seconds, so a slow answer is abandoned early
  // enough for another attempt.
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
      // Nothing was done. The token may have expired sooner than expected.
      const next = await unless(session.renew(tokens), signal)
      // A request of one user is never sent as another, who has signed in meanwhile.
      if (next?.session !== tokens.session) throw err
      return send(method, path, body, options, next.accessToken)
    }
  }

  /** Sends a proof, and signs in with the tokens in the answer. */
  async function enter(path: string, body: object, options?: CallOptions): Promise<TokenPair> {
    const pair = await call<TokenPair>('POST', path, body, { auth: false, ...options })
    session.adopt(pair)
    return pair
  }

  const parts = { url, call, enter, locale: options.locale, forget: session.end }

  return {
    /** Sends any request, with the token if somebody is signed in. All other methods use it. */
    call,
    /** Reports whether somebody is signed in, as far as is known without waiting. */
    get signedIn(): boolean {
      return session.signedIn()
    },
    /** Signs in with tokens from another source. */
    adopt: (pair: Given): void => session.adopt(pair),
    /** Returns a valid token for requests to other services, or nothing when signed out. */
    accessToken: async (): Promise<string | undefined> => (await session.fresh())?.accessToken,
    /**
     * Signs out, also in the other tabs. The tokens are always removed from this device. The
     * promise is rejected if the service could not be reached.
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
    /** Stops all listeners of the client. */
    close: () => session.close(),
    ...signIn(parts),
    ...account(parts),
    factors: factors(parts),
    passkeys: passkeys(parts),
    social: social(parts),
  }
}

/** What the parts of a client share. */
export interface Parts {
  url: string
  call: Call
  enter: (path: string, body: object, options?: CallOptions) => Promise<TokenPair>
  locale?: string
  forget: () => Promise<unknown>
}

/**
 * Returns the promise, but rejects when the signal aborts. The underlying work continues for other
 * callers.
 */
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
