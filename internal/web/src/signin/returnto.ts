// returnTo returns where to go after the sign-in: a URL of this origin, or nothing. The author of a
// link to this page must not decide where its user is sent.
export function returnTo(text: string | null, origin: string): string | undefined {
  // What browsers treat as another host: //host, \\host, /\host, also with white space or control
  // characters in between, which they ignore.
  if (!text || text.length > 2000 || !/^\/(?![/\\])/.test(text) || /[\\\u0000-\u0020\u007f-\u009f]/.test(text)) return undefined;
  let url: URL;
  try {
    url = new URL(text, origin);
  } catch {
    return undefined;
  }
  // Dot segments may leave two slashes at the beginning. The page itself is not a target.
  if (url.origin !== origin || url.pathname.startsWith('//') || url.pathname === '/') return undefined;
  return url.href;
}
