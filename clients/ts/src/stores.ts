/** The stored form of tokens. */
export interface Tokens {
  accessToken: string
  refreshToken?: string
  /** Seconds for which the access token is valid, from `at` on. */
  expiresIn?: number
  /** When they arrived, in milliseconds by the clock of this device. */
  at: number
  /** Identifies the sign-in; a refresh does not change it. */
  session: string
}

/**
 * A store for tokens. `get` throws or rejects if the store cannot be read, `set` if it cannot
 * store: the client then continues with the tokens in memory.
 */
export interface TokenStore {
  get(): Tokens | undefined | Promise<Tokens | undefined>
  set(tokens: Tokens | undefined): void | Promise<void>
  /** For a store that several pages share: they refresh one at a time under this name. */
  name?: string
  /** Whether a duplicated tab starts with a copy of the store, as with sessionStorage. */
  copied?: boolean
  /** Calls back when another page has changed the store. The returned function stops that. */
  watch?(changed: () => void): () => void
}

export type Storages = 'memory' | 'session' | 'local'

/** Creates a store; if it is not available here, memory is used. */
export function open(kind: Storages | TokenStore, name: string): TokenStore {
  if (typeof kind === 'object') return kind
  if (kind !== 'memory') {
    try {
      const area = kind === 'local' ? globalThis.localStorage : globalThis.sessionStorage
      if (area) return web(area, name, kind === 'session')
    } catch {
      // The browser refuses even the access to it.
    }
  }
  let kept: Tokens | undefined
  return { get: () => kept, set: (tokens) => void (kept = tokens) }
}

function web(area: Storage, name: string, copied: boolean): TokenStore {
  return {
    name,
    copied,
    get() {
      const text = area.getItem(name)
      if (text === '') throw new Error('the tokens are in memory alone')
      return text === null ? undefined : parse(text)
    },
    set(tokens) {
      if (!tokens) return area.removeItem(name)
      const text = JSON.stringify(tokens)
      try {
        area.setItem(name, text)
      } catch {
        // Full. The stored tokens are useless now, and removing them may free enough space.
        area.setItem(name, '')
        area.setItem(name, text)
      }
    },
    watch(changed) {
      const heard = (event: StorageEvent) => (event.key === name || event.key === null) && changed()
      // A page restored by the back button has missed changes in the meantime.
      const shown = (event: PageTransitionEvent) => event.persisted && changed()
      if (!globalThis.addEventListener) return () => {} // a server with a localStorage
      addEventListener('storage', heard)
      addEventListener('pageshow', shown)
      return () => {
        removeEventListener('storage', heard)
        removeEventListener('pageshow', shown)
      }
    },
  }
}

/** Returns the tokens, or nothing if something else was written there. */
function parse(text: string): Tokens | undefined {
  try {
    const tokens = JSON.parse(text)
    return typeof tokens?.accessToken === 'string' ? tokens : undefined
  } catch {
    return undefined
  }
}
