// jose verifies access tokens by nothing but the address of the issuer.
import { given, verified, want, refused, done } from './lib.mjs'
import { calculateJwkThumbprint, createRemoteJWKSet, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'

const { issuer, audience, signing, token } = given

const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json()
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri))
const rules = {
  issuer,
  audience,
  algorithms: [signing],
  typ: 'at+jwt',
  requiredClaims: ['iss', 'aud', 'sub', 'exp', 'iat', 'jti', 'client_id', 'auth_time', 'amr', 'sid'],
}

const { payload, protectedHeader } = await jwtVerify(token, keys, rules)
want('the header', protectedHeader, { alg: signing, kid: protectedHeader.kid, typ: 'at+jwt' })
want('sub', payload.sub, String(payload.userId))
verified(`an access token, by ${signing}, key set, issuer, audience, typ and claims`)

for (const key of keys.jwks().keys) {
  want('kid', key.kid, await calculateJwkThumbprint(key, 'sha256'))
  want('the members of a key', Object.keys(key).filter((m) => ['d', 'k', 'p', 'q'].includes(m)), [])
  want('use', key.use, 'sig')
}
verified('every kid is the RFC 7638 thumbprint of its key, and no key is private')

await refused('another audience', jwtVerify(token, keys, { ...rules, audience: 'orders' }), 'ERR_JWT_CLAIM_VALIDATION_FAILED')
await refused('another issuer', jwtVerify(token, keys, { ...rules, issuer: `${issuer}/x` }), 'ERR_JWT_CLAIM_VALIDATION_FAILED')
await refused('an expired token', jwtVerify(token, keys, { ...rules, currentDate: new Date((payload.exp + 1) * 1000) }), 'ERR_JWT_EXPIRED')
const [header, claims, signature] = token.split('.')
const admin = Buffer.from(JSON.stringify({ ...payload, role: 'admin' })).toString('base64url')
await refused('another role', jwtVerify([header, admin, signature].join('.'), keys, rules), 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED')
const confused = await new SignJWT(payload)
  .setProtectedHeader({ ...protectedHeader, alg: 'HS256' })
  .sign(new TextEncoder().encode(JSON.stringify(keys.jwks().keys[0])))
await refused('the public key as a secret', jwtVerify(confused, keys, rules), 'ERR_JOSE_ALG_NOT_ALLOWED')
const unknown = Buffer.from(JSON.stringify({ ...decodeProtectedHeader(token), kid: 'x' })).toString('base64url')
await refused('an unknown key', jwtVerify([unknown, claims, signature].join('.'), keys, rules), 'ERR_JWKS_NO_MATCHING_KEY')
done()
