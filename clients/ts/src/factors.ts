import type { Parts } from './client.ts'
import type { CallOptions } from './send.ts'
import type { MfaEnrollment, MfaLoginReq, RecoveryCodesResp, TotpState } from './types.ts'

/** Second factors: an authenticator app and recovery codes. */
export function factors({ call, enter }: Parts) {
  return {
    /** Completes a sign-in that returned `mfa_required`. */
    complete: (proof: MfaLoginReq, options?: CallOptions) => enter('/user/login/mfa', proof, options),

    /** Returns the state of the second factors. */
    state: (options?: CallOptions) => call<TotpState>('GET', '/user/totp', undefined, options),

    /**
     * Returns a new secret for an authenticator app; with an mfaToken, for a sign-in whose methods
     * are `enroll`.
     */
    enroll: (mfaToken?: string, options?: CallOptions) =>
      mfaToken
        ? call<MfaEnrollment>('POST', '/user/login/mfa/enroll', { mfaToken }, { auth: false, ...options })
        : call<MfaEnrollment>('POST', '/user/totp', undefined, options),

    /**
     * Confirms the secret with a code of the app; resolves with the recovery codes, which are shown
     * only now.
     */
    confirm: (totp: string, options?: CallOptions) => codes(call<RecoveryCodesResp>('POST', '/user/totp/confirm', { totp }, options)),

    /** Creates new recovery codes that replace the previous ones. */
    recoveryCodes: (options?: CallOptions) => codes(call<RecoveryCodesResp>('POST', '/user/recovery-codes', undefined, options)),

    /** Removes the app and the recovery codes. */
    remove: (options?: CallOptions) => call('DELETE', '/user/totp', undefined, options),

    /** Cancels a reset that an administrator has requested. */
    stopReset: (options?: CallOptions) => call('DELETE', '/user/totp/reset', undefined, options),
  }
}

async function codes(answer: Promise<RecoveryCodesResp>): Promise<string[]> {
  return (await answer).recoveryCodes
}
