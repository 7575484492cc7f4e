// Tests the client in Chromium against the service: tabs that share a sign-in, and storages
// that store nothing.
import assert from 'node:assert/strict'
import test from 'node:test'
import { advance, code, phone } from './lib.mjs'
import { becomes, changes, follows, front, home, person, signedIn, signIn, tab, unhandled, user } from './tabs.mjs'
import { createClient } from '../dist/index.js'

const without = {
  'with Web Locks': undefined,
  'without Web Locks': () => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }),
  'without Web Locks and BroadcastChannel': () => {
    Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })
    delete window.BroadcastChannel
  },
}
for (const [how, script] of Object.entries(without)) {
  test(`two tabs share a sign-in ${how}`, async () => {
    const context = await person(script)
    const a = await tab(context)
    const b = await tab(context)
    const to = await signIn(a)
    await becomes(b, true)
    for (let round = 0; round < 2; round++) {
      await advance(901)
      front.forget()
      const found = await Promise.all([a, b, a, b].map(user))
      assert.deepEqual(found, [to, to, to, to])
      // Without Web Locks two tabs may refresh at once; the service answers both alike.
      const refreshes = front.asked('POST /user/refresh')
      if (script) assert.ok(refreshes <= 2, `${refreshes} refreshes by two tabs`)
      else assert.equal(refreshes, 1, 'both refresh at once')
      await follows(b, a)
    }
    for (const [one, other] of [[b, a], [a, b]]) {
      await advance(901)
      assert.equal(await user(one), to, 'one refreshes after the other')
      await follows(other, one)
    }
    const late = await tab(context)
    assert.equal(await signedIn(late), true, 'a new tab finds the sign-in')
    assert.deepEqual([await changes(a), await changes(b)], [[true], [true]], 'nobody was signed out')

    await a.evaluate(() => c.signOut())
    for (const one of [b, late]) await becomes(one, false)
    assert.deepEqual(await changes(b), [true, false])
    assert.equal(await user(b), 'unauthorized')
    await context.close()
  })
}

test('another user signs in in another tab', async () => {
  const context = await person()
  const [a, b] = [await tab(context), await tab(context)]
  const first = await signIn(a)
  await becomes(b, true)
  const second = await signIn(b)
  assert.notEqual(first, second)
  await a.waitForFunction(() => changes.length === 2)
  assert.deepEqual(await changes(a), [true, true], 'the page is told')
  assert.equal(await user(a), second)
  await b.evaluate(() => localStorage.clear())
  await becomes(a, false)
  await context.close()
})

test('a sign-in ends in all tabs', async () => {
  const context = await person()
  const [a, b] = [await tab(context), await tab(context)]
  const to = await signIn(a)
  await becomes(b, true)
  const elsewhere = createClient({ url: front.url })
  await advance(61)
  const before = await code(to)
  const { otpId } = await elsewhere.otp({ phone: to })
  await elsewhere.login({ otpId, otp: await code(to, before) })
  await elsewhere.sessions.endOthers()
  assert.equal(await user(a), 'session_ended')
  await becomes(b, false)
  assert.deepEqual([await changes(a), await changes(b)], [[true, false], [true, false]])
  await context.close()
})

test('a full storage', async () => {
  const context = await person()
  const [a, b] = [await tab(context), await tab(context)]
  const to = await signIn(a)
  await becomes(b, true)
  await a.evaluate(() => {
    const real = Storage.prototype.setItem
    Storage.prototype.setItem = function (key, value) {
      if (value.length > 100) throw new DOMException('full', 'QuotaExceededError')
      return real.call(this, key, value)
    }
  })
  await advance(901)
  front.forget()
  assert.equal(await user(a), to)
  await follows(b, a)
  await advance(60)
  assert.equal(await user(b), to, 'the other tab has the new tokens')
  assert.equal(front.asked('POST /user/refresh'), 1)
  const late = await tab(context)
  if (await signedIn(late)) assert.equal(await user(late), to, 'nobody finds the old ones')
  await advance(901)
  assert.equal(await user(b), to, 'a tab that has room keeps them again')
  await follows(a, b)
  assert.equal(await user(a), to)
  assert.equal(await user(await tab(context)), to)
  assert.deepEqual([await changes(a), await changes(b)], [[true], [true]])
  await a.evaluate(() => c.signOut())
  await becomes(b, false)
  await context.close()
})

test('a storage that is full before', async () => {
  const context = await person()
  const a = await tab(context)
  await a.evaluate(() => {
    for (let size = 4 << 20; size; size >>= 1) {
      try {
        for (let n = 0; ; n++) localStorage.setItem(`${size}.${n}`, 'x'.repeat(size))
      } catch {}
    }
  })
  const to = await signIn(a)
  await advance(901)
  assert.equal(await user(a), to)
  await a.evaluate(() => c.signOut())
  assert.deepEqual([await signedIn(a), await changes(a)], [false, [true, false]])
  await context.close()
})

const refusals = {
  'refuses its storage': () => {
    const refuse = () => { throw new DOMException('denied', 'SecurityError') }
    Object.defineProperty(window, 'localStorage', { get: refuse })
    Object.defineProperty(window, 'sessionStorage', { get: refuse })
  },
  'stores nothing': () => {
    Storage.prototype.setItem = () => { throw new DOMException('private', 'QuotaExceededError') }
  },
}
for (const [how, script] of Object.entries(refusals)) {
  test(`a browser that ${how}`, async () => {
    const context = await person(script)
    const [a, b] = [await tab(context), await tab(context)]
    const [one, two] = [await signIn(a), await signIn(b)]
    await advance(901)
    assert.deepEqual([await user(a), await user(b)], [one, two], 'each tab is signed in by itself')
    await a.evaluate(() => c.signOut())
    assert.deepEqual([await signedIn(a), await user(b)], [false, two])
    await context.close()
  })
}

test('a tab that is duplicated', async () => {
  const context = await person()
  const a = await tab(context, { storage: 'session' })
  const to = await signIn(a)
  const [b] = await Promise.all([context.waitForEvent('page'), a.evaluate(() => void window.open('/page'))])
  await b.waitForFunction(() => window.make)
  await b.evaluate(() => void make({ storage: 'session' }))
  assert.equal(await signedIn(b), true, 'the browser has copied the tokens')
  await advance(901)
  front.forget()
  assert.equal(await user(a), to)
  await follows(b, a)
  await advance(60)
  assert.equal(await user(b), to)
  assert.equal(front.asked('POST /user/refresh'), 1, 'the copy follows')
  await b.reload()
  await b.evaluate(() => void make({ storage: 'session' }))
  await advance(901)
  assert.equal(await user(b), to)
  const stranger = await tab(context, { storage: 'session' })
  assert.equal(await signedIn(stranger), false, 'a tab of its own has none')
  await context.close()
})

test('a tab that is frozen, and an answer that never comes', async () => {
  const context = await person()
  const [a, b] = [await tab(context), await context.newPage()]
  const to = await signIn(a)
  await b.goto(`${home}/page`)
  await b.evaluate(() => void navigator.locks.request('user-api', () => new Promise(() => {})))
  await a.clock.install()
  await advance(901)
  const found = user(a)
  await a.waitForFunction(async () => (await navigator.locks.query()).pending.length === 1)
  await a.clock.fastForward(21_000)
  assert.equal(await found, to)
  await b.close()

  // The answer to a refresh never comes: the client gives up while the service still replays it.
  await advance(901)
  front.forget()
  front.break('POST /user/refresh', 'hangs')
  const late = user(a)
  while (!front.asked('POST /user/refresh')) await new Promise((resolve) => setTimeout(resolve, 20))
  await a.clock.fastForward(4_100)
  assert.equal(await late, to)
  assert.equal(front.asked('POST /user/refresh'), 2)
  await context.close()
})

test('no rejection was left unhandled', () => assert.deepEqual(unhandled, []))
