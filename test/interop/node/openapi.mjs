// The API document, as others read it: a linter finds no mistake in it, and two generators
// make clients of it that compile under strict rules and sign in.
import { given, verified, want, done } from './lib.mjs'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import openapiTS, { astToString } from 'openapi-typescript'
import { createClient } from '@hey-api/openapi-ts'
import ts from 'typescript'

const openapiFetch = `
import createClient from 'openapi-fetch'
import type { components, paths } from './api'

export async function signIn(baseUrl: string, code: { otpId: string; otp: string }): Promise<number> {
  const api = createClient<paths>({ baseUrl })
  const { data, error } = await api.POST('/user/login', { body: code })
  if (!data) throw new Error(error.code satisfies components['schemas']['Error']['code'])
  const info = await api.GET('/user/info', { headers: { authorization: 'Bearer ' + data.accessToken } })
  if (!info.data) throw new Error(info.error.msg)
  // A second time the code is refused, which is an answer as well.
  const again = await api.POST('/user/login', { body: code })
  if (again.error?.code !== 'otp_invalid') throw new Error('the code works twice')
  const out = await api.POST('/user/logout', { headers: { authorization: 'Bearer ' + data.accessToken } })
  if (out.response.status !== 204) throw new Error('not signed out')
  return info.data.id
}
`

const heyApi = `
import { createClient } from './hey/client'
import { info, login, logout } from './hey'

export async function signIn(baseUrl: string, code: { otpId: string; otp: string }): Promise<number | bigint> {
  const client = createClient({ baseUrl })
  const { data, error } = await login({ client, body: code })
  if (!data) throw new Error(error.code)
  const auth = data.accessToken
  const me = await info({ client, auth })
  if (!me.data) throw new Error(me.error.code)
  await logout({ client, auth, throwOnError: true })
  return Number(me.data.id)
}
`

const source = await (await fetch(`${given.url}/openapi.json`)).text()
const document = JSON.parse(source)

// Browsers are redirected by some operations, which then have no 2xx; those that only
// answer what everybody may know have no 4xx.
const rules = { 'operation-2xx-response': 'off', 'operation-4xx-response': 'off' }
const problems = await lintFromString({ source, config: await createConfig({ extends: ['recommended'], rules }) })
want('what Redocly finds', problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]), [])
verified('Redocly finds no mistake')

// Below this folder, so that packages are found.
const folder = await mkdtemp(fileURLToPath(new URL('generated-', import.meta.url)))
try {
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(join(folder, 'api.ts'), astToString(await openapiTS(document)))
  await writeFile(join(folder, 'fetch.ts'), openapiFetch)
  await createClient({
    input: document, output: join(folder, 'hey'), logs: { level: 'silent' },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
  })
  await writeFile(join(folder, 'heyapi.ts'), heyApi)
  await compile(['fetch.ts', 'heyapi.ts'].map((name) => join(folder, name)))
  for (const name of ['fetch', 'heyapi']) {
    const { signIn } = await import(pathToFileURL(join(folder, 'out', `${name}.js`)))
    const { userId, ...code } = given[name]
    want(`the user of ${name}`, await signIn(given.url, code), userId)
  }
  verified('the client of openapi-typescript and openapi-fetch compiles and signs in')
  verified('the client of @hey-api/openapi-ts compiles and signs in')
} finally {
  await rm(folder, { recursive: true })
}

// compile type-checks under strict rules.
async function compile(files) {
  const program = ts.createProgram(files, {
    strict: true, noEmitOnError: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [], outDir: join(folder, 'out'), rootDir: folder,
  })
  const { diagnostics } = program.emit()
  const all = [...ts.getPreEmitDiagnostics(program), ...diagnostics]
  want('what the compiler finds', all.map((d) => `${d.file && relative(folder, d.file.fileName)}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`), [])
  await spell(join(folder, 'out'))
}

// spell has imports of what was generated name files, as Node.js wants them.
async function spell(dir) {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const file = join(dir, entry.name)
    if (entry.isDirectory()) await spell(file)
    else {
      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace(/(\bfrom\s+|\bimport\s+)(['"])(\.{1,2}\/[^'"]+?)(?:\.js)?\2/g, (_, word, quote, path) =>
        `${word}${quote}${path}${existsSync(join(dir, `${path}.js`)) ? '' : '/index'}.js${quote}`))
    }
  }
}

done()
