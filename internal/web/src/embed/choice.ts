// pick returns the first wanted language that is available, or its closest relative, or English.
export function pick(locales: string[], wanted: readonly string[]): string {
  for (const tag of wanted) {
    const [language] = tag.toLowerCase().split(/[-_]/);
    const found = locales.find(locale => locale.toLowerCase() === tag.toLowerCase()) ?? locales.find(locale => locale.toLowerCase() === language);
    if (found) return found;
  }
  return 'en';
}
