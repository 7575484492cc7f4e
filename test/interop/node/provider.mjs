// Providers that the service signs people in by: oidc-provider three times, as Google, Kakao
// and Apple, each with keys of its own, behind one listener. Who signs in is named by
// login_hint, as if typed on the provider's page, and consents.
import { given, verified } from './lib.mjs'
import { createServer } from 'node:http'
import { generateKeyPair, exportJWK, importSPKI, jwtVerify } from 'jose'
import Provider, { errors } from 'oidc-provider'

// people are claims by subject; redirects, those that the clients have; person is who signs
// in where login_hint names nobody.
const { people, redirects, apple, person } = given

async function key(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-1` }
}

const common = { grant_types: ['authorization_code'], response_types: ['code'], id_token_signed_response_alg: 'RS256' }

// kinds are what the three differ in. Kakao says nothing of email_verified, and Apple says
// it as a string and answers by a form that the browser posts.
const kinds = {
  google: { client: { client_secret: 'google-client-secret' }, claims: (c) => c },
  kakao: { client: { client_secret: 'kakao-client-secret' }, claims: ({ email_verified, ...c }) => c },
  apple: {
    client: { client_secret: 'is not compared', token_endpoint_auth_method: 'client_secret_post' },
    claims: ({ name, ...c }) => ({ ...c, ...('email_verified' in c && { email_verified: String(c.email_verified) }) }),
  },
}

async function provider(name, issuer) {
  const { client, claims } = kinds[name]
  const oidc = new Provider(issuer, {
    clients: [
      { ...common, client_id: `${name}-client`, redirect_uris: redirects[name], ...client },
      // What a mobile SDK of the provider is: its id_tokens are for the app.
      { ...common, client_id: `${name}-app`, redirect_uris: ['com.example.app:/back'], application_type: 'native', token_endpoint_auth_method: 'none' },
    ],
    jwks: { keys: [await key('RS256')] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'locale'] },
    conformIdTokenClaims: false, // claims of the scopes come in the id_token, as these three do it
    cookies: { keys: ['of a test'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (ctx, sub) => people[sub] && { accountId: sub, claims: () => ({ sub, ...claims(people[sub]) }) },
    interactions: { url: (ctx, { uid }) => `${new URL(issuer).pathname}/interaction/${uid}` },
    pkce: { required: () => true },
    renderError: (ctx, out) => { ctx.type = 'json'; ctx.body = out },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  })
  oidc.on('server_error', (ctx, err) => console.log(err))
  oidc.on('grant.error', (ctx, err) => console.log(`${name}: ${err.message}: ${err.error_description ?? ''}`))
  if (name === 'apple') checkAppleSecrets(oidc)
  return oidc
}

// checkAppleSecrets takes, as Apple does, a client secret that the key of a team has signed.
function checkAppleSecrets(oidc) {
  oidc.Client.prototype.compareClientSecret = async (secret) => {
    const options = { algorithms: ['ES256'], issuer: apple.team, subject: 'apple-client', audience: 'https://appleid.apple.com' }
    const { payload, protectedHeader } = await jwtVerify(secret, await importSPKI(apple.publicKey, 'ES256'), options)
    if (protectedHeader.kid !== apple.keyId || payload.exp - payload.iat > 15777000) return false
    verified('a client secret of Apple')
    return true
  }
}

// signIn is the whole of the provider's page.
async function signIn(oidc, req, res) {
  const { prompt, params, session } = await oidc.interactionDetails(req, res)
  const accountId = params.login_hint ?? session?.accountId ?? person
  if (!accountId || !people[accountId]) {
    return oidc.interactionFinished(req, res, { error: 'access_denied' }, { mergeWithLastSubmission: false })
  }
  const grant = new oidc.Grant({ accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  return oidc.interactionFinished(req, res, { login: { accountId }, consent: { grantId: await grant.save() } })
}

const running = {}
const server = createServer(async (req, res) => {
  try {
    const [, name, , uid] = /^\/(\w+)(\/interaction\/([\w-]+))?/.exec(req.url) ?? []
    const oidc = running[name]
    if (!oidc) return res.writeHead(404).end()
    if (uid) return await signIn(oidc.provider, req, res)
    req.originalUrl = req.url // by which oidc-provider knows the path it is mounted at
    req.url = req.url.slice(name.length + 1) || '/'
    await oidc.handle(req, res)
  } catch (err) {
    if (!(err instanceof errors.SessionNotFound)) console.log(err)
    res.writeHead(err.statusCode ?? 500).end()
  }
})
server.listen(0, '127.0.0.1', async () => {
  const address = `http://127.0.0.1:${server.address().port}`
  for (const name of Object.keys(kinds)) {
    const one = await provider(name, `${address}/${name}`)
    running[name] = { provider: one, handle: one.callback() }
  }
  console.log(`listening ${address}`)
})
