// themeOf returns the theme of the page around an element: light, unless the page declares a dark
// one, or auto if it declares both.
export function themeOf(element: Element): string {
  const style = getComputedStyle(element.parentElement ?? document.documentElement).colorScheme;
  const said = style === 'normal' ? document.querySelector<HTMLMetaElement>('meta[name="color-scheme"]')?.content ?? '' : style;
  const schemes = said.split(' ');
  if (!schemes.includes('dark')) return 'light';
  return schemes.includes('light') ? 'auto' : 'dark';
}

// inTheme makes a style follow a theme, light or dark, instead of the browser's preference.
export function inTheme(sheet: CSSStyleSheet, theme: string): void {
  if (theme !== 'light' && theme !== 'dark') return;
  for (const rule of sheet.cssRules) {
    if (rule instanceof CSSMediaRule && rule.conditionText.includes('prefers-color-scheme')) {
      rule.media.mediaText = theme === 'dark' ? 'all' : 'not all';
    }
  }
  sheet.insertRule(`:root, :host { color-scheme: ${theme} !important; }`, sheet.cssRules.length);
}

// isDark reports whether an element is shown in the dark theme.
export function isDark(element: Element): boolean {
  const schemes = getComputedStyle(element).colorScheme.split(' ');
  if (schemes.includes('dark') !== schemes.includes('light')) return schemes.includes('dark');
  return matchMedia('(prefers-color-scheme: dark)').matches;
}
