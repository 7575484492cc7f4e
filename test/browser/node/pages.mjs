// What every page may cost, for who has never been there: see judge.mjs.
import { run, service, signIn, verified, want } from './lib.mjs'
import { first, quick } from './judge.mjs'

await run(async () => {
  const tokens = await signIn('+919811112222', { admin: true })
  // The page of administrators asks who is there before it asks for anything.
  const pages = { '/': {}, '/account': { tokens }, '/admin/ui': { tokens, requests: 5 }, '/docs': {}, '/dev/inbox': {} }
  for (const [path, options] of Object.entries(pages)) {
    const answer = await fetch(service + path, { headers: { accept: 'text/html' } })
    await answer.text() // or the script would not end before the connection does
    const policy = answer.headers.get('content-security-policy')
    want(`${path}: status`, answer.status, 200)
    if (!policy.includes("default-src 'none'") || policy.includes('unsafe')) throw new Error(`${path}: the policy is ${policy}`)
    await first(path, 'h1, h2', options)
    await quick(path, 'h1, h2', options)
  }
  verified(`${Object.keys(pages).length} pages have a strict policy`)
})
