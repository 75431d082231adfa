/** The command line's one reader of `process.env`: what it takes from there, and what a child gets of it. */

/** Variables of ours that prove who we are. A child that needs them is given its own. */
const credentials = ["STRONGROOM_TOKEN", "STRONGROOM_TOKEN_FILE"] as const

export const settings = {
  /** Where Strongroom is. */
  url: "STRONGROOM_URL",
  /** The token itself, or a file that holds nothing else. */
  token: "STRONGROOM_TOKEN",
  tokenFile: "STRONGROOM_TOKEN_FILE",
  scope: "STRONGROOM_SCOPE",
  /** The folder of our own files, instead of the system's usual one. */
  configFolder: "STRONGROOM_CONFIG",
} as const

/** Undefined when it isn't set or is empty. */
export function variable(name: string): string | undefined {
  const text = process.env[name]
  return text === "" ? undefined : text
}

/** What a child gets: all that we were given, but for our own credentials. */
export function environmentForChild(): Record<string, string> {
  const all = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(all.filter(([name]) => !credentials.some((own) => own === name.toUpperCase())))
}
