import type { Parts } from './client.ts'
import { passing } from './errors.ts'
import { pause, type CallOptions } from './send.ts'
import type { CodeStatusResp, LoginReq, RegisterReq, ResetPasswordReq, SendCodeReq, Ticket, UserInfo } from './types.ts'

/** The methods to sign in with a code or a password. */
export function signIn({ call, enter, locale }: Parts) {
  const open = { auth: false }

  const status = (otpId: string, options?: CallOptions) =>
    call<CodeStatusResp>('GET', `/user/otp/${encodeURIComponent(otpId)}`, undefined, { ...open, ...options })

  return {
    /** Sends a one-time code to a phone number or an e-mail address. */
    otp: (ask: SendCodeReq, options?: CallOptions) => call<Ticket>('POST', '/user/otp', { locale, ...ask }, { ...open, ...options }),

    /** Sends the same code again, by another channel if one is given. */
    resend: (otpId: string, channel?: string, options?: CallOptions) =>
      call<Ticket>('POST', '/user/otp', { otpId, channel }, { ...open, ...options }),

    /** Returns the status of the message. */
    status,

    /**
     * Reports the status of the message until it is final, the challenge is gone, or the signal
     * aborts; resolves with the last known status.
     */
    async watch(otpId: string, tell: (status: CodeStatusResp) => void, signal?: AbortSignal): Promise<CodeStatusResp | undefined> {
      let last: CodeStatusResp | undefined
      for (let wait = 1000; !signal?.aborted; wait = Math.min(wait * 1.3, 5000)) {
        try {
          last = await status(otpId, { signal, retryFor: 0 })
          if (signal?.aborted) break
          tell(last)
          if (last.status === 'delivered' || last.status === 'failed') break
        } catch (err) {
          if (signal?.aborted || (err as { status?: number }).status === 404) break
          if (!passing(err)) throw err
          wait = Math.max(wait, ((err as { retryAfter?: number }).retryAfter ?? 0) * 1000)
        }
        await pause(wait, signal).catch(() => undefined)
      }
      return last
    },

    /** Signs in with a code or a password. */
    login: (proof: LoginReq, options?: CallOptions) => enter('/user/login', proof, options),

    /** Creates an account with username and password, without signing in. */
    register: (account: RegisterReq, options?: CallOptions) => call<UserInfo>('POST', '/user/register', account, { ...open, ...options }),

    /** Resets the password with a code of the purpose `reset`. */
    resetPassword: (proof: ResetPasswordReq, options?: CallOptions) => call('POST', '/user/password/reset', proof, { ...open, ...options }),

    /** Creates an anonymous account and signs in to it. */
    anonymous: (ask: { captcha?: string } = {}, options?: CallOptions) => enter('/user/anonymous', ask, options),
  }
}
