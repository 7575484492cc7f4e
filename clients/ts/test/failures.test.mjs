// Tests how the client handles failures, on Node.js, against the service.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test, { after } from 'node:test'
import { advance, code, enter, phone, proxy, refusal, restart } from './lib.mjs'
import { createClient } from '../dist/index.js'

const front = await proxy()
after(() => front.close())
const client = (options) => createClient({ url: front.url, ...options })

test('ten calls with an expired token are one refresh', async (t) => {
  const expire = {
    'which the client knows': async () => t.mock.method(Date, 'now', ((real) => () => real() + 901_000)(Date.now)),
    'which the service says': async () => {},
  }
  for (const [how, begin] of Object.entries(expire)) {
    const c = client()
    const to = await enter(c)
    await advance(901)
    await begin()
    front.forget()
    const found = await Promise.all(Array.from({ length: 10 }, () => c.user()))
    assert.deepEqual(new Set(found.map((user) => user.phone)), new Set([to]), how)
    assert.equal(front.asked('POST /user/refresh'), 1, how)
    t.mock.restoreAll()
  }
})

test('the clock of the device may be wrong', async (t) => {
  for (const days of [-1, 1]) {
    t.mock.method(Date, 'now', ((real) => () => real() + days * 86_400_000)(Date.now))
    const c = client()
    await enter(c)
    front.forget()
    await c.user()
    await c.user()
    assert.equal(front.asked('POST /user/refresh'), 0, 'the life of a token is counted from when it came')
    t.mock.restoreAll()
    await c.user() // the clock has been corrected
    await c.user()
    assert(front.asked('POST /user/refresh') <= 1)
  }
})

test('retries obey Retry-After', async () => {
  const c = client()
  await enter(c)
  const busy = (seconds) => ({ answer: { status: 503, headers: { 'Retry-After': String(seconds), 'Content-Type': 'application/json' }, body: '{"code":"unavailable","msg":"Later."}' } })
  front.forget()
  front.break('GET /user/info', busy(1))
  let begin = performance.now()
  await c.user()
  assert(performance.now() - begin >= 1000)
  assert.equal(front.asked('GET /user/info'), 2)

  front.break('GET /user/info', busy(60))
  begin = performance.now()
  const late = await refusal(c.user())
  assert.deepEqual([late.code, late.retryAfter], ['unavailable', 60])
  assert(performance.now() - begin < 30_000, 'nobody is kept waiting for a minute')

  front.break('GET /user/info', busy(1))
  assert.equal((await refusal(c.user({ retryFor: 0 }))).code, 'unavailable', 'the caller has a limit')

  front.break('PATCH /user/info', busy(1))
  front.forget()
  assert.equal((await refusal(c.updateUser({ displayName: 'B' }))).code, 'unavailable')
  assert.equal(front.asked('PATCH /user/info'), 1, 'what may have been done is not sent again')

  const stop = new AbortController()
  front.break('GET /user/info', { ...busy(60), before: () => void setTimeout(() => stop.abort(new Error('enough')), 50) })
  begin = performance.now()
  assert.equal((await refusal(c.user({ signal: stop.signal, retryFor: 100 }))).message, 'enough')
  assert(performance.now() - begin < 30_000, 'a wait can be ended')

  for (let n = 0; n < 9; n++) front.break('GET /user/info', busy(0))
  front.forget()
  await refusal(c.user())
  assert.equal(front.asked('GET /user/info'), 3, 'not for ever')
  front.mend()
})

test('a proxy that speaks for itself', async () => {
  const c = client({ retryFor: 0 })
  for (const [status, code] of [[502, 'unavailable'], [404, 'not_found'], [429, 'rate_limited'], [500, 'internal']]) {
    front.break('GET /user/login/social', { answer: { status, headers: { 'Content-Type': 'text/html' }, body: '<h1>no</h1>' } })
    const err = await refusal(c.social.providers())
    assert.deepEqual([err.status, err.code], [status, code])
  }
  front.break('GET /user/login/social', { answer: { status: 200, headers: {}, body: '{"provid' } })
  assert.equal((await refusal(c.social.providers())).code, 'offline', 'an answer that was cut off is none')
})

test('a lost answer', async () => {
  const c = client()
  const to = phone()
  front.forget()
  front.break('POST /user/otp', 'lost')
  const { otpId } = await c.otp({ phone: to })
  const keys = front.seen('POST /user/otp').map(({ headers }) => headers['idempotency-key'])
  assert.deepEqual([keys.length, new Set(keys).size], [2, 1])
  front.break('POST /user/login', 'lost')
  await c.login({ otpId, otp: await code(to) })
  assert.equal((await c.user()).phone, to)

  // The user presses the button again, after the client has given up.
  const other = phone()
  front.break('POST /user/otp', 'lost')
  assert.equal((await refusal(c.otp({ phone: other }, { retryFor: 0 }))).code, 'offline')
  const ticket = await c.otp({ phone: other })
  await c.login({ otpId: ticket.otpId, otp: await code(other) })
})

test('a refresh that fails', async () => {
  const changes = []
  const c = client({ onChange: (signedIn) => changes.push(signedIn) })
  const to = await enter(c)
  const stale = async () => { await advance(901); front.forget() }

  await stale()
  front.break('POST /user/refresh', 'lost')
  assert.equal((await c.user()).phone, to, 'its answer is lost')
  assert(front.asked('POST /user/refresh') > 1)

  await stale()
  for (let n = 0; n < 3; n++) front.break('POST /user/refresh', 'refused')
  assert.equal((await refusal(c.user())).code, 'offline', 'there is no network')
  assert.equal(c.signedIn, true)
  assert.equal((await c.user()).phone, to)

  await stale()
  for (let n = 0; n < 3; n++) front.break('POST /user/refresh', { answer: { status: 503, headers: { 'Retry-After': '30' }, body: '' } })
  assert.equal((await refusal(c.user())).code, 'unavailable', 'the service is down')
  assert.equal(front.asked('POST /user/refresh'), 1)
  assert.equal(c.signedIn, true)
  front.mend()
  assert.equal((await c.user()).phone, to)
  assert.deepEqual(changes, [true], 'none of it has signed anybody out')

  await stale()
  front.break('POST /user/refresh', { answer: { status: 401, headers: {}, body: '<h1>Proxy authentication</h1>' } })
  await refusal(c.user())
  assert.equal(c.signedIn, true, 'it was not the service who said no')

  front.break('POST /user/refresh', { answer: { status: 401, headers: { 'Content-Type': 'application/json' }, body: '{"code":"refresh_invalid"}' } })
  assert.equal((await refusal(c.user())).code, 'unauthorized')
  assert.deepEqual([c.signedIn, changes], [false, [true, false]])
})

test('the service is restarted', async () => {
  const c = client()
  const to = await enter(c)
  await restart()
  assert.equal((await c.user()).phone, to)
  const { otpId } = await c.otp({ email: 'restart@example.com' })
  const otp = await code('restart@example.com')
  await restart()
  await c.login({ otpId, otp })
  assert.equal((await c.user()).email, 'restart@example.com')
  await advance(901)
  await restart()
  assert.equal((await c.user()).email, 'restart@example.com')
})

test('no request is sent as another user', async () => {
  const c = client()
  await enter(c)
  await advance(901)
  let other
  front.break('PATCH /user/info', { before: async () => { other = await enter(c) } })
  assert.equal((await refusal(c.updateUser({ displayName: 'of the first' }))).code, 'unauthorized')
  const user = await c.user()
  assert.deepEqual([user.phone, user.displayName], [other, undefined])
})

test("a custom store", async () => {
  let kept
  const slow = {
    get: async () => { await new Promise((resolve) => setTimeout(resolve, 5)); return kept },
    set: async (tokens) => { await new Promise((resolve) => setTimeout(resolve, 5)); kept = tokens },
  }
  const c = client({ storage: slow })
  const to = await enter(c)
  assert.equal((await c.user()).phone, to)
  const next = client({ storage: slow })
  assert.equal((await next.user()).phone, to, 'who comes later finds the tokens')
  await next.signOut()
  await c.accessToken()
  assert.equal(c.signedIn, false)

  const broken = { get: () => { throw new Error('no') }, set: async () => { throw new Error('full') } }
  const d = client({ storage: broken })
  const other = await enter(d)
  await advance(901)
  assert.equal((await d.user()).phone, other, 'a store that fails leaves it in memory')
  const full = { get: () => undefined, set: () => { throw new Error('full') } }
  const e = client({ storage: full })
  await enter(e)
  await e.user()
  assert.equal(e.signedIn, true)
  await e.signOut()
  assert.equal(e.signedIn, false)
})

test('on a server, for each request', async () => {
  const first = client()
  const to = phone()
  const { otpId } = await first.otp({ phone: to })
  const { accessToken, refreshToken } = await first.login({ otpId, otp: await code(to) })
  const request = client()
  request.adopt({ accessToken })
  assert.equal((await request.user()).phone, to)
  await advance(901)
  assert.equal((await refusal(request.user())).code, 'unauthorized', 'there is nothing to refresh with')
  const changed = []
  const both = client({ storage: { get: () => ({ accessToken, refreshToken, at: Date.now(), session: 'cookie' }), set: (tokens) => changed.push(tokens) } })
  assert.equal((await both.user()).phone, to)
  assert.notEqual(changed.at(-1).refreshToken, refreshToken, 'the application is told, and sets its cookie')
})

test('the import needs no browser', () => {
  const bundle = new URL('../dist/index.js', import.meta.url)
  const script = `
    for (const name of ['fetch', 'crypto', 'navigator', 'localStorage', 'BroadcastChannel', 'Headers', 'performance']) delete globalThis[name]
    const { createClient } = await import(${JSON.stringify(bundle.href)})
    console.log(createClient({ url: 'http://127.0.0.1', storage: 'local' }).signedIn)`
  assert.equal(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }), 'false\n')
})
