import { ApiError, passing } from './errors.ts'
import { alone } from './lock.ts'
import { random } from './send.ts'
import type { Tokens, TokenStore } from './stores.ts'
import type { TokenPair } from './types.ts'

/** The result of a sign-in. For tokens from elsewhere, the access token is enough. */
export type Given = Pick<TokenPair, 'accessToken'> & Partial<TokenPair>

/** A message between tabs: the tokens `now` replace the tokens `was`. */
interface Turn {
  was?: string
  now?: Tokens
  unkept: boolean
}

export type Session = ReturnType<typeof keep>

/** The codes with which the service says that a session is over. */
export const ended = /^(refresh_|session_ended|unauthorized)/

/** The contents of a store that cannot be read. */
const unknown = Symbol()

/** Manages the tokens of one sign-in, together with the other pages that share the store. */
export function keep(store: TokenStore, exchange: (refreshToken: string) => Promise<TokenPair>, changed: (signedIn: boolean) => void) {
  let current: Tokens | undefined
  let unkept = false // the store has rejected the tokens
  let version = 0
  let writing: Promise<unknown> | undefined
  let renewing: Promise<Tokens | undefined> | undefined

  function take(next: Tokens | undefined) {
    const other = current?.session !== next?.session
    version++
    current = next
    if (other) queueMicrotask(() => changed(!!next)) // exceptions of the application are its own
    return next
  }

  /** Reads the store: another page may have written. */
  async function load(): Promise<Tokens | undefined> {
    await writing
    const before = version
    const next = await read()
    // A change here in the meantime is newer, and a store that accepted nothing has no information.
    if (next !== unknown && before === version && (next || !unkept)) take(next)
    return current
  }

  async function read(): Promise<Tokens | undefined | typeof unknown> {
    try {
      return await store.get()
    } catch {
      return unknown
    }
  }

  function write(next: Tokens | undefined) {
    unkept = false
    const refused = () => void (unkept = !!next)
    try {
      const done = store.set(next)
      if (done) writing = Promise.all([writing, done.catch(refused)])
    } catch {
      refused()
    }
  }

  function put(next: Tokens | undefined) {
    const was = current?.refreshToken
    write(next)
    channel?.postMessage({ was, now: next, unkept } satisfies Turn)
    return take(next)
  }

  async function heard({ data }: MessageEvent<Turn>) {
    if (!data.was || data.was !== current?.refreshToken) return load()
    if (store.copied) {
      // A shared store is not written here: the page that sent the message has done that.
      const held = await read()
      if (data.was !== current?.refreshToken) return
      if (held && held !== unknown && held.refreshToken === data.was) write(data.now)
    }
    unkept = data.unkept
    take(data.now)
  }

  const channel = listen(store.name, heard)
  const unwatch = store.watch?.(() => void load())

  /** Exchanges the token while no other page does. */
  async function turn(sent: Tokens): Promise<Tokens | undefined> {
    const held = await load()
    if (!held || held.accessToken !== sent.accessToken) return held
    if (!held.refreshToken) return put(undefined)
    let pair: TokenPair | undefined
    try {
      pair = await exchange(held.refreshToken)
    } catch (err) {
      // Only a refusal of the token ends the sign-in; a 401 from a proxy does not.
      if (!(err instanceof ApiError && err.status === 401 && ended.test(err.code))) throw err
    }
    const now = await load()
    // Another page was faster, has signed in again, or has signed out.
    if (now?.refreshToken !== held.refreshToken) return now
    return put(pair && tokens(pair, held.session))
  }

  function renew(sent: Tokens) {
    return (renewing ??= alone(store.name, () => turn(sent)).finally(() => (renewing = undefined)))
  }

  const first = peek(store)
  if (first) current = first

  return {
    /** Reports whether there are tokens, as far as is known without waiting. */
    signedIn: () => !!current,
    load,
    renew,

    /** Returns tokens that remain valid for a while, as far as the service has said. */
    async fresh(): Promise<Tokens | undefined> {
      const held = await load()
      if (!held?.refreshToken || left(held) > margin(held)) return held
      try {
        return await renew(held)
      } catch (err) {
        if (passing(err) && left(held) > 0) return held
        throw err
      }
    },

    adopt: (pair: Given) => void put(tokens(pair, random())),

    /** Ends the sign-in on this device and returns the previous tokens. */
    async end(): Promise<Tokens | undefined> {
      const held = await load()
      put(undefined)
      return held
    },

    close() {
      channel?.close()
      unwatch?.()
    },
  }
}

function tokens({ accessToken, refreshToken, expiresIn }: Given, session: string): Tokens {
  return { accessToken, refreshToken, expiresIn, at: Date.now(), session }
}

/**
 * Returns the seconds until the access token expires. If the clock was set back, it counts as
 * expired.
 */
function left({ expiresIn, at }: Tokens): number {
  if (expiresIn === undefined) return Infinity
  const age = (Date.now() - at) / 1000
  return age < 0 ? 0 : expiresIn - age
}

/** Seconds before the end from which on tokens are exchanged. */
function margin({ expiresIn = 0 }: Tokens): number {
  return Math.min(30, expiresIn / 10)
}

/** Returns the contents of a store that answers synchronously. */
function peek(store: TokenStore): Tokens | undefined {
  try {
    const found = store.get()
    return found instanceof Promise ? undefined : found
  } catch {
    return undefined
  }
}

function listen(name: string | undefined, heard: (event: MessageEvent<Turn>) => void): BroadcastChannel | undefined {
  if (!name || typeof BroadcastChannel !== 'function') return
  const channel = new BroadcastChannel(name)
  channel.onmessage = heard
  // On Node.js, an open channel would keep the process alive.
  ;(channel as { unref?: () => void }).unref?.()
  return channel
}
