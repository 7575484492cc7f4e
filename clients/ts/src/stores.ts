/** Tokens as they are kept. */
export interface Tokens {
  accessToken: string
  refreshToken?: string
  /** Seconds that the access token is good for, from `at` on. */
  expiresIn?: number
  /** When they came, in milliseconds by the clock of this device. */
  at: number
  /** Identifies the sign-in; a refresh does not change it. */
  session: string
}

/**
 * Where tokens are kept. `get` throws, or rejects, where the store cannot say; `set` where
 * it keeps nothing: the client then goes on with what it has in memory.
 */
export interface TokenStore {
  get(): Tokens | undefined | Promise<Tokens | undefined>
  set(tokens: Tokens | undefined): void | Promise<void>
  /** Of a store that several pages share: they refresh one at a time under this name. */
  name?: string
  /** Calls back when another page has changed the store; what it returns ends that. */
  watch?(changed: () => void): () => void
}

export type Storages = 'memory' | 'session' | 'local'

/** Makes a store; one that this place does not have is memory. */
export function open(kind: Storages | TokenStore, name: string): TokenStore {
  if (typeof kind === 'object') return kind
  if (kind !== 'memory') {
    try {
      const area = kind === 'local' ? globalThis.localStorage : globalThis.sessionStorage
      if (area) return web(area, name)
    } catch {
      // The browser refuses even to name it.
    }
  }
  let kept: Tokens | undefined
  return { get: () => kept, set: (tokens) => void (kept = tokens) }
}

function web(area: Storage, name: string): TokenStore {
  return {
    name,
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
        // Full. What is there is of no use to anybody any more, and its room may be enough.
        area.setItem(name, '')
        area.setItem(name, text)
      }
    },
    watch(changed) {
      const heard = (event: StorageEvent) => (event.key === name || event.key === null) && changed()
      // A page that comes back by the back button has missed what happened meanwhile.
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

/** Tokens, or nothing where somebody else has written there. */
function parse(text: string): Tokens | undefined {
  try {
    const tokens = JSON.parse(text)
    return typeof tokens?.accessToken === 'string' ? tokens : undefined
  } catch {
    return undefined
  }
}
