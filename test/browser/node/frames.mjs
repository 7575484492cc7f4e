import { complaints, given, run, verified, want } from './lib.mjs'
import { framed } from './framed.mjs'

await run(async () => {
  for (const path of ['/', '/account', '/admin/ui']) {
    want(`${path} in a frame of a friend`, await framed(given.friend, path), path !== '/admin/ui')
    want(`${path} in a frame of a stranger`, await framed(given.stranger, path), false)
  }
  const heard = complaints().filter((one) => !one.includes('frame-ancestors') && !one.startsWith('request to 127.0.0.1'))
  want('other complaints', heard, [])
  verified('pages are framed by whom Web.FrameAncestors names, that of administrators by nobody')
})
