// The client in Chromium, against the service: tabs that share a sign-in, and what browsers
// refuse.
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { advance, code, enter, given, phone, proxy } from './lib.mjs'
import { createClient } from '../dist/index.js'

const { chromium } = await import(given.playwright)
const front = await proxy(given.port)
const other = await proxy(given.otherPort)
const browser = await chromium.launch({ executablePath: given.chromium, args: ['--no-sandbox'] })
after(async () => {
  await browser.close()
  front.close()
  other.close()
})
const home = `http://localhost:${front.port}`
const unhandled = []

/** A browser of a person. */
async function person(script) {
  const context = await browser.newContext()
  if (script) await context.addInitScript(script)
  context.on('weberror', (err) => unhandled.push(String(err.error())))
  return context
}

/** A tab with a client. */
async function tab(context, options = { storage: 'local' }, at = home) {
  const page = await context.newPage()
  await page.goto(`${at}/page`)
  await page.waitForFunction(() => window.make)
  await page.evaluate((options) => void make(options), options)
  return page
}

/** Signs somebody new in, in a tab. */
async function signIn(page, to = phone()) {
  const { otpId } = await page.evaluate((phone) => c.otp({ phone }), to)
  await page.evaluate((proof) => c.login(proof).then(() => {}), { otpId, otp: await code(to) })
  return to
}

const user = (page) => page.evaluate(() => c.user().then(({ phone }) => phone, (err) => err.code ?? String(err)))
const signedIn = (page) => page.evaluate(() => c.signedIn)
const becomes = (page, wanted) => page.waitForFunction((wanted) => c.signedIn === wanted, wanted)
const changes = (page) => page.evaluate(() => changes)

// The first of all: the provider goes by its own clock.
test('social sign-in', async () => {
  const context = await person()
  const a = await tab(context)
  assert.deepEqual(await a.evaluate(() => c.social.providers().then((list) => list.map(({ name }) => name))), ['google', 'kakao'])
  const go = async (name, options) => {
    await Promise.all([a.waitForURL(/[?&]state=/), a.evaluate(([name, options]) => void c.social.redirect(name, location.href, options), [name, options])])
    await a.waitForFunction(() => window.make)
    await a.evaluate(() => void make({ storage: 'local' }))
  }
  await go('google')
  const foreign = await a.evaluate(() => {
    const kept = sessionStorage.getItem('user-api.social')
    sessionStorage.removeItem('user-api.social')
    return c.social.finish().then((pair) => (sessionStorage.setItem('user-api.social', kept), pair))
  })
  assert.equal(foreign, undefined, 'a code that this tab has not asked for')
  front.break('POST /user/login/social', { answer: { status: 503, headers: {}, body: '' } })
  assert.equal(await a.evaluate(() => c.social.finish().catch((err) => err.code)), 'unavailable')
  assert.equal(new URL(a.url()).search, '', 'the code is out of the address')
  await a.evaluate(() => c.social.finish().then(() => {}))
  assert.equal(await a.evaluate(() => c.user().then(({ email }) => email)), 'google@gmail.com')
  assert.equal(await a.evaluate(() => c.social.finish()), undefined, 'once')

  const to = await signIn(a)
  assert.equal(await user(a), to)
  await go('kakao', { link: true })
  await a.evaluate(() => c.social.finish())
  assert.deepEqual(await a.evaluate(() => c.social.links().then((list) => list.map(({ provider }) => provider))), ['kakao'])
  await a.evaluate(() => c.social.unlink('kakao'))
  assert.deepEqual(await a.evaluate(() => c.social.links()), [])
  const native = await a.evaluate(() => c.social.login({ provider: 'google', idToken: 'e30.e30.e30', nonce: 'n' }).catch((err) => err.code))
  assert.equal(native, 'invalid_credentials')
  await context.close()
})

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
      assert.equal(front.asked('POST /user/refresh'), 1, 'both refresh at once')
    }
    for (const one of [b, a]) {
      await advance(901)
      assert.equal(await user(one), to, 'one refreshes after the other')
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
  await advance(60)
  assert.equal(await user(b), to, 'the other tab has the new tokens')
  assert.equal(front.asked('POST /user/refresh'), 1)
  const late = await tab(context)
  if (await signedIn(late)) assert.equal(await user(late), to, 'nobody finds the old ones')
  await advance(901)
  assert.equal(await user(b), to, 'a tab that has room keeps them again')
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

test('no network', async () => {
  const context = await person()
  const a = await tab(context)
  const to = await signIn(a)
  await advance(901)
  await context.setOffline(true)
  assert.equal(await a.evaluate(() => c.user({ retryFor: 0 }).catch((err) => err.code)), 'offline')
  assert.equal(await signedIn(a), true)
  await context.setOffline(false)
  assert.equal(await user(a), to)
  await advance(901)
  front.break('POST /user/refresh', { answer: { status: 503, headers: { 'Retry-After': '30' }, body: '' } })
  assert.equal(await user(a), 'unavailable')
  assert.deepEqual(await changes(a), [true])
  await context.close()
})

test('the clock of the device is a day off', async () => {
  const context = await person()
  const a = await tab(context)
  for (const days of [-1, 1]) {
    await a.evaluate((days) => {
      window.real ??= Date.now
      Date.now = () => window.real() + days * 86_400_000
    }, days)
    const to = await signIn(a)
    front.forget()
    assert.equal(await user(a), to)
    await a.evaluate(() => void make({ storage: 'local' })) // as after a reload
    assert.equal(await user(a), to)
    assert.equal(front.asked('POST /user/refresh'), 0)
    await advance(901)
    assert.equal(await user(a), to)
  }
  await context.close()
})

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

  // The answer to a refresh never comes: it is given up while the service still repeats it.
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

for (const [how, script] of Object.entries({
  'of today': undefined,
  'without the JSON helpers': () => {
    if (!window.PublicKeyCredential) return // as on about:blank
    delete PublicKeyCredential.parseCreationOptionsFromJSON
    delete PublicKeyCredential.parseRequestOptionsFromJSON
    delete PublicKeyCredential.prototype.toJSON
  },
})) {
  test(`passkeys in a browser ${how}`, async () => {
    const context = await person(script)
    const a = await tab(context)
    const cdp = await context.newCDPSession(a)
    await cdp.send('WebAuthn.enable')
    const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true }
    await cdp.send('WebAuthn.addVirtualAuthenticator', { options })
    const to = await signIn(a)
    assert.equal(await a.evaluate(() => c.passkeys.supported()), true)
    const added = await a.evaluate(() => c.passkeys.add('This device'))
    assert.deepEqual(await a.evaluate(() => c.passkeys.list()), [added])
    assert.equal(await a.evaluate((id) => c.passkeys.rename(id, 'Laptop').then(({ name }) => name), added.id), 'Laptop')
    await a.evaluate(() => c.signOut())
    await a.evaluate(() => c.passkeys.signIn().then(() => {}))
    assert.equal(await user(a), to)
    await a.evaluate((id) => c.passkeys.remove(id), added.id)
    assert.deepEqual(await a.evaluate(() => c.passkeys.list()), [])
    const refused = await a.evaluate(() => make().passkeys.signIn().catch((err) => err.code))
    assert.equal(refused, 'invalid_credentials')
    await context.close()
  })
}

test('a page of another origin', async () => {
  const context = await person()
  const a = await tab(context, { storage: 'local', url: home }, `http://localhost:${other.port}`)
  const to = await signIn(a)
  assert.equal(await user(a), to)
  const limited = await a.evaluate((phone) => c.otp({ phone }).catch(({ code, retryAfter, requestId }) => ({ code, retryAfter, requestId: !!requestId })), to)
  assert.equal(limited.code, 'rate_limited')
  assert(limited.retryAfter > 0 && limited.requestId)
  await context.close()
})

test('no rejection was left unhandled', () => assert.deepEqual(unhandled, []))
