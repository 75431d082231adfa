import { type ConsoleSettings, readConsoleSettings } from "../env.ts"

let settings: ConsoleSettings | undefined

/** The console's settings. Read when they are first needed: a build has none. */
export function consoleSettings(): ConsoleSettings {
  settings ??= readConsoleSettings()
  return settings
}

/** With TLS, the prefix makes browsers hold on to what such a cookie promises: this host, all of it, TLS only. */
export function sessionCookieName(publicUrl: URL): string {
  return publicUrl.protocol === "https:" ? "__Host-strongroom-session" : "strongroom-session"
}
