// oauth4webapi goes through the grants, for a client with a secret and one without.
import { given, verified, want, refused, approve, done } from './lib.mjs'
import * as oauth from 'oauth4webapi'

const { issuer, audience, signing, redirect, shop, app, machine } = given
const insecure = { [oauth.allowInsecureRequests]: true } // loopback has no TLS

const response = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...insecure })
const as = await oauth.processDiscoveryResponse(new URL(issuer), response)

// code has the person agree and returns what exchanges the code, given a verifier.
async function code(client, auth) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const address = new URL(as.authorization_endpoint)
  address.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirect,
    response_type: 'code',
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const callback = oauth.validateAuthResponse(as, client, await approve(address), state)
  const exchange = async (proof) => {
    const answer = await oauth.authorizationCodeGrantRequest(as, client, auth, callback, redirect, proof, insecure)
    return oauth.processAuthorizationCodeResponse(as, client, answer)
  }
  return { verifier, exchange }
}

async function refresh(client, auth, token) {
  const answer = await oauth.refreshTokenGrantRequest(as, client, auth, token, insecure)
  return oauth.processRefreshTokenResponse(as, client, answer)
}

async function claims(token) {
  const request = new Request('http://127.0.0.1/orders', { headers: { authorization: `Bearer ${token}` } })
  return oauth.validateJwtAccessToken(as, request, audience, { signingAlgorithms: [signing], ...insecure })
}

for (const { kind, id, secret } of [{ kind: 'public', ...app }, { kind: 'confidential', ...shop }]) {
  const client = { client_id: id }
  const auth = secret ? oauth.ClientSecretBasic(secret) : oauth.None()
  const wrong = await code(client, auth)
  await refused(`${kind} client: another verifier`, wrong.exchange(oauth.generateRandomCodeVerifier()), oauth.RESPONSE_BODY_ERROR)

  const { verifier, exchange } = await code(client, auth)
  verified(`${kind} client: state and iss (RFC 9207) of the authorization response`)
  const first = await exchange(verifier)
  want('client_id', (await claims(first.access_token)).client_id, id)
  verified(`${kind} client: authorization_code with PKCE S256`)
  const second = await refresh(client, auth, first.refresh_token)
  want('sid', (await claims(second.access_token)).sid, (await claims(first.access_token)).sid)
  verified(`${kind} client: refresh_token`)
  await refused(`${kind} client: a used code`, exchange(verifier), oauth.RESPONSE_BODY_ERROR)
}

for (const [kind, auth] of [
  ['client_secret_basic', oauth.ClientSecretBasic(machine.secret)],
  ['client_secret_post', oauth.ClientSecretPost(machine.secret)],
]) {
  const client = { client_id: machine.id }
  const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, { scope: machine.scope }, insecure)
  const tokens = await oauth.processClientCredentialsResponse(as, client, answer)
  const own = await claims(tokens.access_token)
  want('sub and client_id', [own.sub, own.client_id, own.scope], [machine.id, machine.id, machine.scope])
  verified(`client_credentials by ${kind}`)
}
done()
