// Each judge is shown a page that is wrong.
import { advance, api, code, complaints, open, run, service, signIn, until, verified, want } from './lib.mjs'
import { axe, keyboard, look, press, still, tabTo, zoom } from './judge.mjs'

const body = '<!doctype html><html lang=en><title>A page</title><link rel=icon href=data:,><main id=app><h1>A page</h1></main>'

async function finds(what, promise) {
  const err = await promise.then(() => undefined, (err) => err)
  if (!err) throw new Error(`${what} is not found`)
  verified(`${what} is found: ${err.message.slice(0, 120)}`)
}

await run(async () => {
  const answer = await fetch(service)
  await answer.text() // or the script would not end before the connection does
  const policy = answer.headers.get('content-security-policy')
  const page = await open('about:blank', { clock: true })
  const put = (build) => page.evaluate(build)
  await page.route('**/kit', (route) => route.fulfill({ contentType: 'text/html', headers: { 'content-security-policy': policy }, body }))
  await page.goto(`${service}/kit`)
  await put(() => document.getElementById('app').replaceChildren(Object.assign(document.createElement('h1'), { textContent: 'A page' })))
  await zoom(page, 'a heading')
  await still(page, 'a heading')
  want('complaints of a page that is right', complaints(), [])

  await put(() => document.getElementById('app').append(document.createElement('img')))
  await finds('a picture without a text', axe(page, 'a page'))
  await put(() => {
    document.querySelector('img').remove()
    const button = document.createElement('button')
    button.textContent = 'A button'
    button.style.outline = 'none'
    document.getElementById('app').append(button)
  })
  await finds('a focus that is not shown', keyboard(page, 'a page'))
  await put(() => {
    const button = document.querySelector('button')
    button.style.outline = ''
    button.onclick = () => (document.querySelector('h1').textContent = 'pressed')
  })
  await keyboard(page, 'a page')
  await press(page, page.getByRole('button'))
  want('what Enter has done', await page.locator('h1').textContent(), 'pressed')
  await put(() => (document.querySelector('button').tabIndex = -1))
  await page.locator('h1').click() // the focus goes
  await finds('what Tab does not come to', tabTo(page, page.getByRole('button')))
  await put(() => (document.querySelector('button').style.width = '500px'))
  await finds('side scrolling', look(page, 'a-wide-page'))
  await page.waitForTimeout(600) // what moves just after an input is its doing
  await put(() => {
    const block = document.createElement('div')
    block.style.height = '300px'
    document.body.prepend(block)
  })
  await finds('what moves', until('a move', () => still(page, 'a page').then(() => false)))

  await put(() => console.error('an error of the page'))
  await put(() => void setTimeout(() => { throw new Error('thrown') }))
  await put(() => {
    const style = document.createElement('style')
    style.textContent = 'h1 { color: red }'
    document.head.append(style)
  })
  await put(() => document.body.append(Object.assign(document.createElement('img'), { src: 'http://127.0.0.1:1/x.png' })))
  const heard = []
  await until('four complaints', () => heard.push(...complaints()) >= 5)
  for (const complaint of ['an error of the page', 'thrown', 'style-src', 'img-src', 'request to 127.0.0.1:1']) {
    if (!heard.some((one) => one.includes(complaint))) throw new Error(`no complaint of ${complaint}: ${JSON.stringify(heard)}`)
  }
  verified('errors, violations of the policy and requests to other hosts are heard')
  complaints()

  await advance(3600, page)
  const hour = Math.abs((await page.evaluate(() => Date.now())) - Date.now() - 3600e3)
  if (hour > 60e3) throw new Error('the clock of the page has not moved')
  const tokens = await signIn('+919811112222', { admin: true })
  want('the role', (await api('GET', '/user/check', undefined, tokens.accessToken)).role, 'admin')
  await api('POST', '/user/otp', { phone: '+919811113333' })
  want('a code has six digits', /^\d{6}$/.test(await code('+919811113333')), true)
  const tab = await open('/docs', { tokens }) // which leads nowhere else
  const kept = await tab.evaluate(() => JSON.parse(localStorage.getItem('user-api')))
  want('what a page that is signed in finds', kept.accessToken, tokens.accessToken)
  want('its origin', await tab.evaluate(() => location.origin), service)
})
