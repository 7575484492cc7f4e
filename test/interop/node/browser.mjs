// A browser goes the way of a person: from the application to the page, by a code from
// the inbox, and back.
import { given, verified, want, done } from './lib.mjs'
import { createServer } from 'node:http'
import { chromium } from 'playwright-core'
import * as client from 'openid-client'

const { issuer, app, phone, redirect } = given

const config = await client.discovery(new URL(issuer), app.id, undefined, client.None(), {
  algorithm: 'oauth2',
  execute: [client.allowInsecureRequests],
})
const pkceCodeVerifier = client.randomPKCECodeVerifier()
const expectedState = client.randomState()
const address = client.buildAuthorizationUrl(config, {
  redirect_uri: redirect,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
})

// The application's own page, at the port of its redirect URI.
const back = new Promise((resolve) => {
  const server = createServer((req, res) => {
    res.end('signed in')
    resolve(new URL(req.url, redirect))
  })
  server.listen(new URL(redirect).port, '127.0.0.1')
  server.unref()
})

async function inbox() {
  for (;;) {
    const answer = await fetch(`${issuer}/dev/inbox?to=${encodeURIComponent(phone)}`)
    const { messages } = await answer.json()
    if (messages[0]?.otp) return messages[0].otp
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const browser = await chromium.launch({ executablePath: given.chromium, args: ['--no-sandbox'] })
try {
  const page = await browser.newPage()
  const wrong = []
  page.on('pageerror', (err) => wrong.push(String(err)))
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()))
  await page.goto(address.href)
  await page.getByText('to continue to app').waitFor()
  await page.getByLabel('Phone number', { exact: true }).fill(phone)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Code', { exact: true }).fill(await inbox()) // which signs in
  const callback = await back
  want('errors on the page', wrong, [])
  want('what came back', [...callback.searchParams.keys()].sort(), ['code', 'iss', 'state'])
  verified(`Chromium ${browser.version()} signs in on the page and comes back with code, state and iss`)
  const tokens = await client.authorizationCodeGrant(config, callback, { pkceCodeVerifier, expectedState })
  const answer = await client.fetchProtectedResource(config, tokens.access_token, new URL(`${issuer}/user/info`), 'GET')
  want('who signed in', (await answer.json()).phone, phone)
  verified('the code is exchanged for tokens of that person')
} finally {
  await browser.close()
}
done()
