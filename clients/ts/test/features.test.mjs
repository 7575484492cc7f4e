// Tests the features of the client on Node.js against the service.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import test, { after } from 'node:test'
import { advance, code, enter, now, phone, proxy, refusal } from './lib.mjs'
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

test('message status', async () => {
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
  const page = await a.events({ limit: 1 })
  assert.equal(page.events.length, 1)
  const [older] = (await a.events({ cursor: page.next })).events
  assert.notEqual(older.id, page.events[0].id)
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
  await c.signOut() // a second call does nothing

  await enter(c)
  front.break('POST /user/logout', 'refused')
  await c.signOut() // the service is notified again
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
