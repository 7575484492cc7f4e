// Tests the samples of README.md against the service.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { pathToFileURL } from 'node:url'
import { code, given, phone, refusal } from './lib.mjs'
import { createClient } from '../dist/index.js'

const dir = await mkdtemp(join(tmpdir(), 'samples-'))
after(() => rm(dir, { recursive: true }))

const text = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const sections = text.split(/^## /m).map((section) => [section.slice(0, section.indexOf('\n')), /```js\n([^]*?)```/.exec(section)?.[1]])
const samples = new Map(sections.filter(([, sample]) => sample))

/** Imports the sample of a section. */
async function sample(title) {
  assert(samples.has(title), `README.md has no sample: ${title}`)
  const file = join(dir, `${samples.size}.mjs`)
  const bundle = new URL('../dist/index.js', import.meta.url).href
  await writeFile(file, samples.get(title).replace('user-api-client', bundle).replace('https://id.example.com', given.service))
  samples.delete(title)
  return import(pathToFileURL(file))
}

const password = 'correct horse battery 9'

test('sign in with a code', async () => {
  const { client, signIn } = await sample('Sign in with a code')
  const to = phone()
  const shown = []
  const typed = ['0000000000']
  await signIn(to, async () => typed.pop() ?? code(to), (what) => shown.push(what))
  assert.equal((await client.user()).phone, to)
  assert(shown.includes('wrong, 4 tries left'), String(shown))
})

test('sign in with a password', async () => {
  const { signIn } = await sample('Sign in with a password and a second factor')
  await createClient({ url: given.service }).register({ username: 'asha', password })
  assert.equal((await signIn('asha', password)).username, 'asha')
})

test('errors', async () => {
  const { explain } = await sample('Errors')
  const c = createClient({ url: given.service })
  assert.match(explain(await refusal(c.otp({ phone: '+12' }))), /^This is not a phone number/)
  assert.equal(explain(await refusal(createClient({ url: 'http://127.0.0.1:1', retryFor: 0 }).user())), 'There is no connection.')
  const to = phone()
  await c.otp({ phone: to })
  assert.match(explain(await refusal(c.otp({ phone: to }))), /^Try again in \d+ seconds\.$/)
})

test('on a server', async () => {
  const { whoAsks } = await sample('On a server')
  const cookies = new Map()
  assert.equal(await whoAsks(cookies), undefined)
  const c = createClient({ url: given.service, storage: { get: () => undefined, set: (tokens) => tokens && cookies.set('tokens', JSON.stringify(tokens)) } })
  await c.login({ username: 'asha', password })
  assert.equal((await whoAsks(cookies)).username, 'asha')
})

test('passkeys, on a browser without', async () => {
  const { client, offerPasskeys } = await sample('Passkeys')
  assert.equal(client.passkeys.supported(), false)
  assert.equal(await offerPasskeys(), undefined)
})

test('sign in with another provider', async () => {
  const { go, arrive } = await sample('Sign in with another provider')
  const kept = new Map()
  globalThis.sessionStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) }
  let at
  globalThis.location = { assign: (url) => (at = new URL(url)), href: 'https://app.example.com/signed-in' }
  await go('google')
  assert.equal(at.pathname, '/user/login/social/google')
  assert.equal(at.searchParams.get('challenge').length, 43)
  assert.equal(await arrive(), false)
})

test('no sample was left out', () => assert.deepEqual([...samples.keys()], []))
