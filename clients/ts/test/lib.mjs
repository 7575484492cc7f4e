// Shared by the tests: the service, which a Go test runs, and a proxy in front of it that
// counts requests and injects faults.
import { webcrypto } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { buffer, text } from 'node:stream/consumers'

globalThis.crypto ??= webcrypto // not global in Node.js 18

/** What the Go test told. */
export const given = JSON.parse(await text(process.stdin))

const ask = async (path) => {
  const answer = await fetch(given.control + path, { method: 'POST' })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return answer.json()
}

let service = given.service

/** Lets time pass for the service, whose clock stands still otherwise. */
export const advance = (seconds) => ask(`/advance?seconds=${seconds}`)

/** Ends the service and starts it anew on the same stores. */
export async function restart() {
  service = (await ask('/restart')).url
}

/** The present of the service, in Unix seconds. */
export const now = async () => (await ask('/now')).now

/** The last code that was sent to an address, which is another than the one before. */
export async function code(to, before) {
  for (;;) {
    const answer = await fetch(`${service}/dev/inbox?to=${encodeURIComponent(to)}`)
    const { messages } = await answer.json()
    const last = messages.find((message) => message.otp)
    if (last && last.otp !== before) return last.otp
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

let people = 0
/** A phone number that nobody has had yet. */
export const phone = () => `+9198${String(11200000 + ++people)}`

/** Signs somebody new in. */
export async function enter(client, to = phone()) {
  const { otpId } = await client.otp({ phone: to })
  await client.login({ otpId, otp: await code(to) })
  return to
}

/** Rejections that are expected. */
export const refusal = (promise) => promise.then((value) => { throw new Error(`not refused: ${JSON.stringify(value)}`) }, (err) => err)

const files = { '/client.js': ['text/javascript', await readFile(new URL('../dist/index.js', import.meta.url))] }

/** A page that has the client, as `api`, and makes one by `make`. */
const blank = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Client</title><script type="module">
import * as api from '/client.js'
const changes = []
const make = (options) => (window.c = api.createClient({ onChange: (signedIn) => changes.push(signedIn), ...options }))
Object.assign(window, { api, changes, make })
</script>`

/** A proxy before the service, at an address of its own. */
export async function proxy(port = 0) {
  const seen = []
  const faults = []
  const local = { ...files, '/page': ['text/html', blank] }
  const server = createServer(async (req, res) => {
    const path = req.url.replace(/\?.*/, '')
    if (local[path]) return res.writeHead(200, { 'Content-Type': local[path][0] }).end(local[path][1])
    const body = await buffer(req)
    seen.push({ route: `${req.method} ${path}`, headers: req.headers, body: body.toString() })
    const at = faults.findIndex((fault) => fault.route === `${req.method} ${path}`)
    const { kind, answer, before } = at < 0 ? {} : faults.splice(at, 1)[0]
    await before?.()
    if (kind === 'refused') return req.socket.destroy()
    if (kind === 'hangs') return
    if (answer) return res.writeHead(answer.status, answer.headers).end(answer.body)
    const { host, connection, 'content-length': length, ...headers } = req.headers
    const { status, headers: got, body: content } = await pass(req, { ...headers, 'x-forwarded-host': host }, body)
    if (kind === 'lost') return req.socket.destroy()
    res.writeHead(status, got).end(content)
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  server.unref()
  return {
    port: server.address().port,
    url: `http://127.0.0.1:${server.address().port}`,
    /** How often a route was asked. */
    asked: (route) => seen.filter((one) => one.route === route).length,
    seen: (route) => seen.filter((one) => one.route === route),
    forget: () => seen.splice(0),
    /** Breaks the next request of a route: `refused`, `lost`, `hangs`, or an answer in its place. */
    break: (route, fault) => faults.push({ route, ...(typeof fault === 'string' ? { kind: fault } : fault) }),
    /** Nothing is broken any more. */
    mend: () => faults.splice(0),
    close: () => { server.close(); server.closeAllConnections() },
  }
}

async function pass(req, headers, body) {
  try {
    const init = { method: req.method, headers, body: body.length ? body : undefined, redirect: 'manual' }
    const answer = await fetch(service + req.url, init)
    const got = Object.fromEntries([...answer.headers].filter(([name]) => !/^(content-(length|encoding)|transfer-encoding|connection)$/.test(name)))
    return { status: answer.status, headers: got, body: Buffer.from(await answer.arrayBuffer()) }
  } catch {
    return { status: 502, headers: { 'Content-Type': 'text/html' }, body: '<h1>Bad gateway</h1>' }
  }
}
