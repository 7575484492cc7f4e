// Requests that are made of the API document, right ones and spoiled ones, and answers
// judged by the document alone: no status, type or body that it does not have, no 5xx.
import { given, verified, done } from './lib.mjs'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { generateSync } from 'json-schema-faker'

const document = await (await fetch(`${given.url}/openapi.json`)).json()
const ajv = new Ajv({ strict: false, allErrors: false, validateFormats: true })
addFormats(ajv)
for (const format of ['int64', 'int32', 'password', 'binary']) ajv.addFormat(format, true)
ajv.addSchema(document, 'api')

// follow returns what a reference leads to, and where that is.
function follow(value, at) {
  if (!value?.$ref) return [value, at]
  return [value.$ref.slice(2).split('/').reduce((v, key) => v[key.replaceAll('~1', '/').replaceAll('~0', '~')], document), value.$ref]
}

const pointer = (...keys) => `#/${keys.map((key) => encodeURIComponent(String(key).replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`

let seed = 1
const make = (schema) => generateSync({ ...schema, components: { schemas: document.components.schemas } }, { seed: seed++, optionalsProbability: 0.7 })

// Bad values of every kind, for a member or a parameter.
const bad = [null, true, -1, 0, 1e30, '', ' ', 'x'.repeat(5000), '\u0000', '\ud800', "' OR 1=1 --", '%00', '../..', '𝕏', [], {}, [[]], { $ref: '#' }]

// spoil puts a bad value into a member, or takes the body's place.
function spoil(body, n) {
  const value = bad[n % bad.length]
  const keys = body && typeof body === 'object' ? Object.keys(body) : []
  if (keys.length === 0 || n % 7 === 6) return value
  return { ...body, [keys[n % keys.length]]: value }
}

function judge(name, operation, at, answer, text) {
  const fail = (why) => {
    throw new Error(`${name}: ${answer.status} ${why}: ${text.slice(0, 300)}`)
  }
  if (answer.status >= 500) fail('is the client\'s doing')
  const key = operation.responses[answer.status] ? String(answer.status) : 'default'
  if (!operation.responses[key]) fail('is not documented')
  const [response, where] = follow(operation.responses[key], `${at}/responses/${key}`)
  const type = (answer.headers.get('content-type') ?? '').split(';')[0]
  const content = response.content?.[type]
  if (!content) {
    if (text || response.content) fail(`has the type "${type}"`)
    return
  }
  if (type !== 'application/json' || !content.schema) return
  const check = ajv.compile({ $ref: `api${where}/content/application~1json/schema` })
  if (!check(JSON.parse(text))) fail(ajv.errorsText(check.errors))
}

const statuses = {}
let asked = 0
async function ask(method, path, operation, at, round) {
  const query = new URLSearchParams()
  const headers = { 'accept': 'application/json' }
  let url = path
  for (const [parameter] of (operation.parameters ?? []).map((p) => follow(p))) {
    let value = round === 0 ? make(parameter.schema) : bad[(round + asked) % bad.length]
    value = typeof value === 'string' ? value : JSON.stringify(value)
    if (parameter.in === 'path') url = url.replace(`{${parameter.name}}`, encodeURIComponent(value.toWellFormed?.() ?? 'x') || 'x')
    if (parameter.in === 'query') query.set(parameter.name, value)
    if (parameter.in === 'header' && round === 0) headers[parameter.name] = value
  }
  if (round % 4 !== 3 && (operation.security ?? [{ bearer: [] }]).some((s) => s.bearer)) headers.authorization = `Bearer ${given.token}`
  let body
  const [request] = follow(operation.requestBody)
  const type = request && Object.keys(request.content)[0]
  if (type) headers['content-type'] = type
  if (type === 'application/json') {
    const made = make(request.content[type].schema)
    body = JSON.stringify(round === 0 ? made : spoil(made, round * 5 + asked))
  } else if (type) {
    body = 'grant_type=x&token=y'
  }
  if (query.size > 0) url += `?${query}`
  asked++
  const answer = await fetch(given.url + url, { method, headers, body, redirect: 'manual' })
  statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
  judge(`${method} ${url.slice(0, 200)} ${(body ?? '').slice(0, 200)}`, operation, at, answer, await answer.text())
}

// What ends the sign-in comes last; what never ends is left out.
const left = new Set(['/dev/inbox/stream', '/service/revocations'])
const ends = (path, method) => (/logout|sessions|password|^\/user$/.test(path) && method !== 'get' ? 1 : 0)
const all = Object.entries(document.paths).filter(([path]) => !left.has(path))
  .flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, operation })))
  .sort((a, b) => ends(a.path, a.method) - ends(b.path, b.method))
for (let round = 0; round < 6; round++) {
  for (const { path, method, operation } of all) {
    if (round < 5 && ends(path, method)) continue
    await ask(method.toUpperCase(), path, operation, pointer('paths', path, method), round)
  }
}
console.log(`${asked} requests of ${all.length} operations:`, JSON.stringify(statuses))
if (asked < 400 || !statuses[200] || !statuses[400] || !statuses[401]) throw new Error('it did not come far')
verified('ajv finds no answer outside the document, and there is no 5xx')
done()
