import { encode } from './base64url.ts'
import type { Parts } from './client.ts'
import { ApiError, passing, type Code } from './errors.ts'
import { random, type CallOptions } from './send.ts'
import type { LinkInfo, LinksResp, SocialLoginReq, SocialProvider, SocialProvidersResp, TokenPair } from './types.ts'

/** Where the way to a provider is kept until the browser is back. */
const kept = 'user-api.social'

interface Way {
  provider: string
  verifier: string
  state: string
  link?: boolean
  invite?: string
  /** What the browser came back with. */
  code?: string
}

export interface RedirectOptions {
  /** Adds the account there to the user who is signed in, in the place of signing in by it. */
  link?: boolean
  /** Whoever is signed in at the provider signs in again. */
  fresh?: boolean
  /** That a new account needs where not everybody may sign up. */
  invite?: string
}

/** Sign-in by accounts at other sites. */
export function social({ url, call, enter }: Parts) {
  const link = async (proof: SocialLoginReq, options?: CallOptions): Promise<LinkInfo[]> =>
    (await call<LinksResp>('POST', '/user/links', proof, options)).links
  const login = (proof: SocialLoginReq, options?: CallOptions) => enter('/user/login/social', proof, options)

  async function exchange({ provider, code, verifier, invite, link: links }: Way, options?: CallOptions): Promise<TokenPair | undefined> {
    if (!links) return login({ provider, code, verifier, invite }, options)
    await link({ provider, code, verifier }, options)
    return undefined
  }

  return {
    providers: async (options?: CallOptions): Promise<SocialProvider[]> =>
      (await call<SocialProvidersResp>('GET', '/user/login/social', undefined, { auth: false, ...options })).providers,

    /** Sends the browser to a provider. It comes back to `returnTo`, where `finish` is called. */
    async redirect(provider: string, returnTo: string, { link, fresh, invite }: RedirectOptions = {}): Promise<void> {
      const way: Way = { provider, verifier: random() + random(), state: random(), link, invite }
      sessionStorage.setItem(kept, JSON.stringify(way))
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(way.verifier))
      const query = new URLSearchParams({ returnTo, challenge: encode(digest), state: way.state })
      if (fresh) query.set('fresh', 'true')
      location.assign(`${url}/user/login/social/${encodeURIComponent(provider)}?${query}`)
    },

    /**
     * Signs in, or links, by what the browser came back with, and takes it out of the
     * address. Resolves with nothing where the browser does not come from a provider, and
     * with nothing but the deed done after a link.
     */
    async finish(options?: CallOptions): Promise<TokenPair | undefined> {
      const way: Way | null = JSON.parse(sessionStorage.getItem(kept) ?? 'null')
      if (!way) return
      const at = new URL(location.href)
      const { code, error, state } = Object.fromEntries(at.searchParams)
      if (state === way.state && (code || error)) {
        for (const name of ['code', 'error', 'state']) at.searchParams.delete(name)
        history.replaceState(history.state, '', at)
        way.code = code
        if (error) {
          sessionStorage.removeItem(kept)
          throw new ApiError(400, { code: error as Code })
        }
      }
      if (!way.code) return
      try {
        const answer = await exchange(way, options)
        sessionStorage.removeItem(kept)
        return answer
      } catch (err) {
        // What no answer came to may be tried again, by calling this once more.
        if (passing(err)) sessionStorage.setItem(kept, JSON.stringify(way))
        else sessionStorage.removeItem(kept)
        throw err
      }
    },

    /** Signs in by an id_token that an app was given by the provider. */
    login,

    /** The accounts that are linked to the user. */
    links: async (options?: CallOptions): Promise<LinkInfo[]> => (await call<LinksResp>('GET', '/user/links', undefined, options)).links,
    link,
    unlink: (provider: string, options?: CallOptions) => call('DELETE', `/user/links/${encodeURIComponent(provider)}`, undefined, options),
  }
}
