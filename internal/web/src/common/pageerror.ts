import {ApiError} from '../../../../clients/ts/src/index.ts';

// PageCode is the code of an error in the page itself, in addition to the codes of the service.
export type PageCode = 'captcha' | 'factor_invalid' | 'none' | 'passkey' | 'site' | 'site_storage' | 'too_slow';

// pageError returns an error of the page, which is shown like those of the service.
export function pageError(code: PageCode, status = 0, cause?: unknown): ApiError {
  return new ApiError(status, {...(cause instanceof ApiError ? cause.body : {}), code: code as never}, cause);
}
