// The client on Node.js, against the service.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import test, { after } from 'node:test'
import { advance, code, enter, given, now, phone, proxy, refusal, restart } from './lib.mjs'
import { ApiError, createClient } from '../dist/index.js'

const front = await proxy()
after(() => front.close())
const client = (options) => createClient({ url: front.url, ...options })
const password = 'correct horse battery 9'
let users = 0
const username = () => `person-${++users}`

test('sign in by code', async () => {
  const c = client({ locale: 'ko' })
  assert.equal(c.signedIn, false)
  const to = phone()
  const ticket = await c.otp({ phone: to })
  assert.match(ticket.to, /\*|•/)
  assert.equal(JSON.parse(front.seen('POST /user/otp').at(-1).body).locale, 'ko')
  const err = await refusal(c.login({ otpId: ticket.otpId, otp: '0000000000' }))
  assert(err instanceof ApiError)
  assert.deepEqual([err.code, err.status, err.attemptsLeft], ['otp_invalid', 401, 4])
  assert(err.requestId)
  assert.equal(c.signedIn, false)
  const pair = await c.login({ otpId: ticket.otpId, otp: await code(to) })
  assert.equal(pair.isNewUser, true)
  assert.equal(c.signedIn, true)
  assert.equal(await c.accessToken(), pair.accessToken)
  assert.equal((await c.user()).phone, to)
})

test('sign in by password', async () => {
  const c = client()
  const name = username()
  const weak = await refusal(c.register({ username: name, password: 'short' }))
  assert.deepEqual([weak.code, weak.status], ['weak_password', 400])
  assert.equal((await c.register({ username: name, password })).username, name)
  assert.equal((await refusal(c.register({ username: name, password }))).code, 'username_taken')
  assert.equal((await refusal(c.login({ username: name, password: `${password}0` }))).code, 'invalid_credentials')
  await c.login({ username: name, password })
  assert.equal((await c.user()).username, name)
  await c.setPassword({ oldPassword: password, newPassword: `${password}1` })
  await c.login({ username: name, password: `${password}1` })
})

test('reset a password', async () => {
  const c = client()
  const to = await enter(c)
  await c.setPassword({ newPassword: password })
  await advance(61)
  const before = await code(to)
  const { otpId } = await c.otp({ phone: to, purpose: 'reset' })
  await c.resetPassword({ otpId, otp: await code(to, before), newPassword: `${password}2` })
  await c.login({ phone: to, password: `${password}2` })
  assert.equal((await c.user()).phone, to)
})

test('what became of a message', async () => {
  const c = client()
  const { otpId } = await c.otp({ phone: phone() })
  const route = `GET /user/otp/${otpId}`
  const now = (status) => ({ answer: { status: 200, headers: { 'Content-Type': 'application/json' }, body: `{"status":"${status}","channel":"sms","expiresIn":300,"resendIn":60}` } })
  front.break(route, now('queued'))
  front.break(route, 'refused')
  front.break(route, { answer: { status: 503, headers: { 'Retry-After': '1' }, body: '' } })
  front.break(route, now('delivered'))
  const told = []
  const last = await c.watch(otpId, ({ status }) => told.push(status))
  assert.equal(last.status, 'delivered')
  assert.deepEqual(told, ['queued', 'delivered'], 'what fails for a moment does not end it')

  const stop = new AbortController()
  const ended = await c.watch(otpId, ({ status }) => status === 'sent' && stop.abort(), stop.signal)
  assert.equal(ended.status, 'sent', 'the signal ends it')
  assert.equal((await c.status(otpId)).status, 'sent')
  assert.equal(await c.watch('nobody-has-had-this-one', () => assert.fail('told')), undefined)
  await advance(61)
  assert.equal((await c.resend(otpId)).otpId, otpId)
})

test('profile, picture and addresses', async () => {
  const c = client()
  const to = await enter(c)
  const name = username()
  const user = await c.updateUser({ username: name, displayName: 'Asha', metadata: { theme: 'dark' } })
  assert.deepEqual([user.displayName, user.metadata.theme], ['Asha', 'dark'])
  assert.equal(c.avatar.url(user), undefined)
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
  await c.avatar.set(new Blob([png], { type: 'image/png' }))
  const picture = await fetch(c.avatar.url(await c.user(), 128))
  assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/jpeg'])
  await c.avatar.remove()
  assert.equal((await c.user()).avatar, undefined)

  const email = `${name}@example.com`
  const { otpId } = await c.addresses.ask({ email })
  assert.equal((await c.addresses.verify('email', otpId, await code(email))).email, email)
  assert.equal((await c.addresses.remove('phone')).phone, undefined)
  assert.equal((await refusal(c.addresses.remove('email'))).code, 'last_sign_in_method')
  await advance(61)
  const before = await code(to)
  const second = await c.addresses.ask({ phone: to })
  assert.equal((await c.addresses.verify('phone', second.otpId, await code(to, before))).phone, to)
})

test('sessions', async () => {
  const [a, b] = [client(), client()]
  const name = username()
  await a.register({ username: name, password })
  for (const one of [a, b]) await one.login({ username: name, password })
  const list = await a.sessions.list()
  assert.deepEqual(list.map(({ current }) => current).sort(), [false, true])
  await a.sessions.end(list.find(({ current }) => !current).id)
  const changes = []
  const c = client({ onChange: (signedIn) => changes.push(signedIn) })
  await c.login({ username: name, password })
  await a.sessions.endOthers()
  assert.equal((await refusal(c.user())).code, 'session_ended', 'it was ended elsewhere')
  assert.equal(c.signedIn, false)
  assert.deepEqual(changes, [true, false])
  await a.sessions.endAll()
  assert.equal(a.signedIn, false)
})

test('sign out', async () => {
  const c = client()
  await enter(c)
  const token = await c.accessToken()
  await c.signOut()
  assert.equal(c.signedIn, false)
  assert.equal(await c.accessToken(), undefined)
  const other = client()
  other.adopt({ accessToken: token })
  assert.equal((await refusal(other.user())).code, 'session_ended')
  await c.signOut() // once more does nothing

  await enter(c)
  front.break('POST /user/logout', 'refused')
  await c.signOut() // is told again
  await enter(c)
  for (let n = 0; n < 3; n++) front.break('POST /user/logout', 'refused')
  assert.equal((await refusal(c.signOut())).code, 'offline')
  assert.equal(c.signedIn, false, 'the tokens are gone whatever became of the request')
})

test('export and delete', async () => {
  const c = client()
  const to = await enter(c)
  const all = await c.exportData()
  assert.deepEqual([all.complete, all.user.phone], [true, to])
  await c.setPassword({ newPassword: password })
  assert.equal((await refusal(c.deleteAccount({ password: 'something else' }))).code, 'invalid_credentials')
  assert.equal(c.signedIn, true, 'a wrong password ends nothing')
  await c.deleteAccount({ password })
  assert.equal(c.signedIn, false)
})

test('anonymous', async () => {
  const c = client()
  await c.anonymous()
  assert.equal((await c.user()).anonymous, true)
  await c.deleteAccount()
})

/** The code of an authenticator app. */
async function totp(secret, steps = 0) {
  let bits = ''
  for (const letter of secret) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor((await now()) / 30) + steps))
  const digest = createHmac('sha1', key).update(counter).digest()
  return String((digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}

test('second factors', async () => {
  const c = client()
  const name = username()
  await c.register({ username: name, password })
  await c.login({ username: name, password })
  assert.equal((await c.factors.state()).enabled, false)
  const { secret, uri } = await c.factors.enroll()
  assert.match(uri, /^otpauth:/)
  const recovery = await c.factors.confirm(await totp(secret))
  assert.equal(recovery.length, 10)

  const other = client()
  const err = await refusal(other.login({ username: name, password }))
  assert.deepEqual([err.code, err.methods], ['mfa_required', ['totp', 'recovery_code']])
  assert.equal(other.signedIn, false)
  const wrong = await refusal(other.factors.complete({ mfaToken: err.mfaToken, recoveryCode: 'AAAA-AAAA-AAAA-AAAA' }))
  assert.deepEqual([wrong.code, wrong.field], ['otp_invalid', 'recoveryCode'])
  await other.factors.complete({ mfaToken: err.mfaToken, recoveryCode: recovery[0] })
  assert.equal((await other.factors.state()).recoveryCodes, 9)
  assert.equal((await other.factors.recoveryCodes()).length, 10)

  const again = client()
  const { mfaToken } = await refusal(again.login({ username: name, password }))
  await again.factors.complete({ mfaToken, totp: await totp(secret, 1) })
  await again.factors.remove()
  assert.equal((await again.factors.state()).enabled, false)
})

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
    await c.user() // the clock was set right meanwhile
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

test('nothing is done as another user', async () => {
  const c = client()
  await enter(c)
  await advance(901)
  let other
  front.break('PATCH /user/info', { before: async () => { other = await enter(c) } })
  assert.equal((await refusal(c.updateUser({ displayName: 'of the first' }))).code, 'unauthorized')
  const user = await c.user()
  assert.deepEqual([user.phone, user.displayName], [other, undefined])
})

test('a store of one\'s own', async () => {
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
