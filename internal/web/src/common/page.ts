// page.ts reads the data that the server put into the page: its settings and the texts of its
// language.

export interface Page {
  // locale is the BCP 47 tag of the texts.
  locale: string;
  texts: Record<string, string>;
  brand: {name: string; logo?: string; terms?: string; privacy?: string};
  // links has the enabled pages, by name.
  links: Record<string, string>;
  // data is specific to this page.
  data: Record<string, unknown>;
}

export const page: Page = JSON.parse(document.getElementById('page')!.textContent!);

// app is the root element of the page.
export const app = document.getElementById('app')!;
