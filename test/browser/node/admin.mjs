// The page of administrators.
import { advance, api, control, given, open, run, signIn, until, verified, want } from './lib.mjs'
import { axe, first, keyboard, look, quick, shot, still, tabTo, zoom } from './judge.mjs'
import { payloads } from './payloads.mjs'

const victim = '+919811110002'

const text = (page) => page.locator('#app').innerText()
const ready = (page, view) => until(`the view ${view}`, async () => (await page.locator('.wait').count()) === 0 && (await page.locator('.view h1').count()) === 1)
const go = async (page, hash) => {
  await page.evaluate((hash) => (location.hash = hash), hash)
  await page.waitForTimeout(50)
  await ready(page, hash)
}

// act presses the button of a deed, and the one of its dialog.
async function act(page, name, fill) {
  await page.locator('.view').getByRole('button', { name, exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  if (fill) await fill(dialog)
  await dialog.getByRole('button', { name, exact: true }).click()
}

// done waits until a deed is told of, and the user is shown anew.
async function done(page, told) {
  await until(told, async () => (await page.locator('.toast').innerText()) === told)
  await ready(page, told)
}

// inert wants that texts which look like markup are shown as they are, and made nothing.
async function inert(page, what) {
  const made = await page.evaluate(() => [...document.querySelectorAll('#app :is(img, script, iframe, object, embed, video, audio, form[action], base, link, style, math, [onload], [onerror], [style]:not([style=""]))')].map((e) => e.outerHTML))
  want(`${what}: what texts have made`, made, [])
  want(`${what}: what texts have run`, await page.evaluate(() => window.pwned), undefined)
}

async function gates() {
  await first('/admin/ui', '.alone a')
  await quick('/admin/ui', '.alone a')
  const page = await open('/admin/ui')
  want('without a sign-in it leads to one', await page.locator('.alone a').getAttribute('href'), '/?returnTo=%2Fadmin%2Fui')
  await look(page, 'admin-out')
  await page.context().close()

  const user = await open('/admin/ui', { tokens: await signIn('+919811110009') })
  await user.getByText('This page is for administrators').waitFor()
  await look(user, 'admin-refused')
  await user.context().close()

  const tokens = await signIn('+919811110008', { admin: true })
  await advance(601)
  const stale = await open('/admin/ui#trail', { tokens })
  await stale.getByText('a sign-in from the last ten minutes').waitFor()
  want('a sign-in that is not fresh leads to one that is', await stale.locator('.alone a').getAttribute('href'), '/?returnTo=%2Fadmin%2Fui%23trail&fresh=1')
  await stale.context().close()
  verified('nobody sees the page without the role and a fresh proof')
}

async function searching(page) {
  await ready(page, 'users')
  await still(page, 'the list of users')
  await inert(page, 'the list of users')
  for (const payload of payloads) want('a name that is shown as it is', (await text(page)).includes(payload), true)

  await page.getByLabel('Search users').fill('person0')
  await page.keyboard.press('Enter')
  await until('the users who are looked for', async () => (await page.locator('tbody tr').count()) === 10)
  want('where the search is', new URL(page.url()).hash, '#users?q=person0')
  await look(page, 'admin-users')
  await zoom(page, 'admin-users')
  await keyboard(page, 'the list of users')
  await page.getByLabel('Status').selectOption('banned')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByText('No users found.').waitFor()
  await go(page, '#users?q=98111-10002')
  want('a number as one types it', await page.locator('tbody tr').count(), 1)
  verified('users are found by a part of a name and by a number')
}

async function oneUser(page, who) {
  await go(page, `#user/${who.id}`)
  await inert(page, 'the sessions of a user')
  for (const payload of payloads) want('a browser that is shown as it is', (await text(page)).includes(payload), true)

  const before = await page.locator('#timeline ~ * .item').count()
  await tabTo(page, page.getByRole('button', { name: 'Show more' }))
  await page.keyboard.press('Enter')
  await until('more of the timeline', async () => (await page.locator('#timeline ~ * .item').count()) > before)
  verified('the timeline goes on page by page')
}

async function deeds(page, tokens) {
  const id = (await api('GET', '/user/info', undefined, tokens.accessToken)).id
  await go(page, `#user/${id}`)
  want('the timeline has the message', (await text(page)).includes('Message by sms'), true)
  await look(page, 'admin-user')
  await zoom(page, 'admin-user')
  await keyboard(page, 'one user')
  await act(page, 'Ban', (dialog) => dialog.getByLabel('Reason').fill(payloads[0]))
  await done(page, 'The user is banned.')
  await inert(page, 'a ban')
  want('the reason is shown as it is', (await text(page)).includes(payloads[0]), true)
  await until('the session to have ended', async () => (await api('GET', '/user/info', undefined, tokens.accessToken)).code === 'session_ended')
  await act(page, 'Lift the ban')
  await done(page, 'The ban is lifted.')

  await advance(120)
  const again = await signIn(victim)
  await act(page, 'Make administrator')
  await done(page, 'The user is an administrator now.')
  want('the role is in force', (await api('GET', '/user/check', undefined, again.accessToken)).role, 'admin')
  await act(page, 'Remove the role')
  await done(page, 'The user is no longer an administrator.')
  await act(page, 'End sessions')
  await done(page, 'The sessions have ended.')
  await until('the sessions to have ended', async () => (await api('GET', '/user/info', undefined, again.accessToken)).code === 'session_ended')

  await page.getByRole('button', { name: 'Reset second factors' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Reset second factors' }).click()
  await page.getByRole('dialog').getByText('No such user, or nothing to change.').waitFor()
  await look(page, 'admin-dialog')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })

  await act(page, 'Erase user', (dialog) => dialog.getByRole('textbox').fill('1'))
  want('another id erases nobody', await page.getByRole('dialog').count(), 1)
  await page.getByRole('dialog').getByRole('textbox').fill(String(id))
  await page.keyboard.press('Enter')
  await done(page, 'The user is erased.')
  await go(page, `#user/${id}`)
  await page.getByText('No such user, or nothing to change.').waitFor()
  verified('ban, unban, role, sessions, second factors and erasure')
}

async function searchTrail(page) {
  await go(page, '#trail')
  const all = await page.locator('tbody tr').count()
  await page.getByLabel('Address').fill(victim)
  await page.getByLabel('Type').fill('code_asked')
  await page.getByRole('button', { name: 'Search' }).click()
  await until('fewer events', async () => (await page.locator('.wait').count()) === 0 && (await page.locator('tbody tr').count()) < all)
  await look(page, 'admin-trail')
  await zoom(page, 'admin-trail')
  await keyboard(page, 'the trail')
  want('what is found', [...new Set(await page.locator('tbody code').allInnerTexts())], ['code_asked'])
  await page.locator('tbody tr').first().getByRole('link', { name: '127.0.0.0/24' }).click()
  await ready(page, 'the network')
  want('the form of what a link finds', await page.getByLabel('Network').inputValue(), '127.0.0.0/24')
  await page.getByLabel('Network').fill('nonsense')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByText('Network: invalid value.').waitFor()
  await page.getByRole('link', { name: 'Clear' }).click()
  await ready(page, 'all events')
  await page.getByRole('button', { name: 'Show more' }).click()
  await until('more events', async () => (await page.locator('tbody tr').count()) > 50)
  verified('the trail is searched by address, type and network, and goes on page by page')
}

async function plots(page) {
  await go(page, '#plots')
  await until('the drawings', async () => (await page.locator('.plot svg').count()) === 6)
  await look(page, 'admin-plots')
  await page.setViewportSize({ width: 1280, height: 900 })
  await until('the drawings', async () => (await page.locator('.plot svg').count()) === 6)
  await shot(page, 'admin')
  await zoom(page, 'admin-plots')
  await keyboard(page, 'the plots')
  const codes = page.locator('section', { has: page.getByRole('heading', { name: 'Codes' }) })
  const everywhere = await codes.locator('.legend').innerText()
  await codes.getByText('Show as table').click()
  await until('a row for each ten minutes', async () => (await codes.locator('tbody tr').count()) > 100)
  await axe(page, 'the numbers as a table')
  await page.getByLabel('Country', { exact: true }).selectOption('KR')
  await ready(page, 'one country')
  want('one country has fewer', (await codes.locator('.legend').innerText()) !== everywhere, true)
  await page.getByRole('button', { name: '7 days' }).click()
  await ready(page, 'a week')
  want('where that is', new URL(page.url()).hash, '#plots?range=week&area=KR')
  want('the range that is shown', await page.getByRole('button', { name: '7 days' }).getAttribute('aria-pressed'), 'true')
  verified('plots of the history, by country and range, as drawings and as tables')
}

async function state(page) {
  await go(page, '#now')
  await page.getByText('inbox').first().waitFor()
  await look(page, 'admin-now')
  await keyboard(page, 'the state of the service')
}

async function languages(tokens) {
  for (const locale of ['ko', 'hi']) {
    const page = await open('/admin/ui', { tokens, locale })
    for (const hash of ['#users', '#plots', '#trail', '#now']) {
      await go(page, hash)
      want(`${locale}: keys without a text`, (await text(page)).match(/\badmin\.[a-z]+/i), null)
    }
    await page.context().close()
  }
  verified('pages in other languages have every text')
}

// people is the first half of the walk, records the second: each has a browser of its own.
const parts = {
  async people() {
    await gates()
    const people = await control('people', { texts: payloads })
    const tokens = await signIn(victim)
    const page = await open('/admin/ui', { tokens: await signIn('+919811110001', { admin: true }), width: 1280 })
    await searching(page)
    await oneUser(page, people)
    await deeds(page, tokens)
  },

  async records() {
    const people = await control('people', { texts: payloads })
    await control('history')
    await signIn(victim)
    const admin = await signIn('+919811110001', { admin: true })
    const page = await open('/admin/ui', { tokens: admin, width: 1280 })
    await searchTrail(page)
    await plots(page)
    await state(page)
    await languages(admin)

    await advance(700)
    await go(page, `#user/${people.id}`)
    await act(page, 'End sessions')
    const link = page.getByRole('dialog').getByRole('link', { name: 'Sign in again' })
    await link.waitFor()
    want('a deed without a fresh proof leads to one, and back', await link.getAttribute('href'), `/?returnTo=%2Fadmin%2Fui%23user%2F${people.id}&fresh=1`)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('Sign in as an administrator').waitFor()
    verified('whoever signs out sees nothing more')
  },
}

await run(parts[given.part])
