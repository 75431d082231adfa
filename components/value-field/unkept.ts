/** For every field that a value or a credential is typed into: no browser, keyboard or password manager keeps it. */
export const unkept = {
  autoComplete: "off",
  autoCapitalize: "off",
  autoCorrect: "off",
  spellCheck: false,
  translate: "no",
  "data-1p-ignore": "",
  "data-lpignore": "true",
  "data-bwignore": "",
} as const
