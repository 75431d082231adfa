/** Light or dark: as the system has it, or as a person switched it in this browser. */
export type Theme = "light" | "dark"

/** The server reads it, so the page arrives in its colours. */
export const themeCookie = "strongroom-theme"

export function asTheme(text: string | undefined): Theme | undefined {
  return text === "light" || text === "dark" ? text : undefined
}

/** Switches now, and for a year. `undefined` follows the system again. */
export function switchTheme(theme: Theme | undefined): void {
  const secure = location.protocol === "https:" ? "; secure" : ""
  const life = theme === undefined ? 0 : 365 * 24 * 60 * 60
  document.cookie = `${themeCookie}=${theme ?? ""}; path=/; max-age=${life}; samesite=lax${secure}`
  if (theme === undefined) delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}
