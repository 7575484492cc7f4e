// page.ts reads what the server gave the page: its settings and the texts of its language.

export interface Page {
  // locale is the BCP 47 tag of the texts.
  locale: string;
  texts: Record<string, string>;
  brand: {name: string; logo?: string; terms?: string; privacy?: string};
  // links has the pages that are switched on, by name.
  links: Record<string, string>;
  // data is what this page alone is given.
  data: Record<string, unknown>;
}

export const page: Page = JSON.parse(document.getElementById('page')!.textContent!);

// app is where the page shows itself.
export const app = document.getElementById('app')!;
