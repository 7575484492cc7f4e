// Tests the client in Chromium against the service, for features that only browsers have.
import assert from 'node:assert/strict'
import test from 'node:test'
import { advance, phone } from './lib.mjs'
import { changes, front, other, home, person, signedIn, signIn, tab, unhandled, user } from './tabs.mjs'

// This must be the first test, because the provider uses its own clock.
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
    await a.evaluate(() => void make({ storage: 'local' })) // like after a reload
    assert.equal(await user(a), to)
    assert.equal(front.asked('POST /user/refresh'), 0)
    await advance(901)
    assert.equal(await user(a), to)
  }
  await context.close()
})

for (const [how, script] of Object.entries({
  'of today': undefined,
  'without the JSON helpers': () => {
    if (!window.PublicKeyCredential) return // for example on about:blank
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
