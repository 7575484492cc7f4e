import { ApiError, passing, type ErrorBody } from './errors.ts'

export interface CallOptions {
  /** Whether to send the access token. By default it is sent when signed in. */
  auth?: boolean
  /**
   * Aborts the call, including its waits. The promise is then rejected with the reason of the
   * signal.
   */
  signal?: AbortSignal
  headers?: Record<string, string>
  /** A body that is not JSON. */
  raw?: BodyInit
  /** Seconds that one attempt may take: 30, or 120 with a body that is not JSON. */
  timeout?: number
  /** Seconds within which a request may be retried. 0: never. */
  retryFor?: number
}

export interface Attempts {
  /** Whether it is safe to send the request again. */
  repeatable?: boolean
  /** Seconds that each attempt may take. */
  timeouts?: number[]
  /** The request continues when the page is closed. */
  keepalive?: boolean
}

export interface Wire {
  url: string
  fetch?: typeof fetch
  retryFor: number
}

export type Send = <T>(method: string, path: string, body?: unknown, options?: CallOptions & Attempts, token?: string) => Promise<T>

/** The routes that support an Idempotency-Key. */
const keyed = /^\/user\/(otp|login|login\/mfa|register|anonymous|password\/reset)$/
const most = 3

/** Returns the function that sends requests, and retries them where that is safe. */
export function sender(wire: Wire): Send {
  // Keys of requests without an answer, by path: a repeated call means the same request.
  const unanswered = new Map<string, { text?: string; key: string }>()

  return async <T>(method: string, path: string, body?: unknown, options: CallOptions & Attempts = {}, token?: string) => {
    const headers = new Headers(options.headers)
    const text = body === undefined ? undefined : JSON.stringify(body)
    if (text !== undefined) headers.set('Content-Type', 'application/json')
    if (token) headers.set('Authorization', `Bearer ${token}`)
    let key = headers.get('Idempotency-Key')
    if (!key && method === 'POST' && keyed.test(path)) {
      const before = unanswered.get(path)
      key = before && before.text === text ? before.key : random()
      headers.set('Idempotency-Key', key)
    }
    const request: RequestInit = { method, headers, body: options.raw ?? text, keepalive: options.keepalive }
    const repeatable = options.repeatable ?? (method === 'GET' || !!key)
    const begin = performance.now()
    for (let n = 1; ; n++) {
      try {
        const timeout = options.timeouts?.[n - 1] ?? options.timeout ?? (options.raw ? 120 : 30)
        const answer = await once<T>(wire, path, request, timeout * 1000, options.signal)
        if (key) unanswered.delete(path)
        return answer
      } catch (err) {
        if (key) passing(err) ? unanswered.set(path, { text, key }) : unanswered.delete(path)
        const wait = repeatable && n < most ? delay(err, n) : Infinity
        if (performance.now() - begin + wait > (options.retryFor ?? wire.retryFor) * 1000) throw err
        await pause(wait, options.signal)
      }
    }
  }
}

/** Milliseconds to wait before the request is sent again: as long as the service says. */
function delay(err: unknown, n: number): number {
  if (!passing(err)) return Infinity
  const { status, retryAfter } = err as ApiError
  if (retryAfter) return retryAfter * 1000 + Math.random() * 250
  return status === 429 ? Infinity : 150 * 2 ** n * (0.5 + Math.random())
}

async function once<T>(wire: Wire, path: string, request: RequestInit, timeout: number, signal?: AbortSignal): Promise<T> {
  const stop = new AbortController()
  const abort = () => stop.abort()
  const timer = setTimeout(abort, timeout)
  signal?.addEventListener('abort', abort)
  try {
    signal?.throwIfAborted()
    const response = await (wire.fetch ?? fetch)(wire.url + path, { ...request, signal: stop.signal })
    const text = await response.text()
    if (!response.ok) throw refusal(response, text)
    return (text ? JSON.parse(text) : undefined) as T
  } catch (err) {
    if (err instanceof ApiError) throw err
    signal?.throwIfAborted()
    throw new ApiError(0, { code: 'offline', msg: 'No answer came.' }, err)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** Turns an answer into an error. The answer may come from a proxy. */
function refusal({ status, headers }: Response, text: string): ApiError {
  let body: ErrorBody
  try {
    body = JSON.parse(text)
    if (typeof body.code !== 'string') throw 0
  } catch {
    body = { code: status === 429 ? 'rate_limited' : status > 501 ? 'unavailable' : status === 404 ? 'not_found' : 'internal' }
  }
  body.retryAfter ??= Number(headers.get('Retry-After')) || undefined
  body.requestId ??= headers.get('X-Request-Id') ?? undefined
  return new ApiError(status, body)
}

/** Waits, unless the signal aborts. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      signal?.aborted ? reject(signal.reason) : resolve()
    }
    const timer = setTimeout(end, milliseconds)
    if (signal?.aborted) return end()
    signal?.addEventListener('abort', end)
  })
}

/** Returns a random text of 128 bits. randomUUID exists only on secure pages. */
export function random(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
