import { type ProviderConsent, providerConsents } from "@/lib/contract/words"

/** What such settings will need ticked, as far as they tell by themselves: making a token comes before any check. */
export function likelyConsents(form: FormData): ProviderConsent[] {
  const text = (name: string): string => {
    const entry = form.get(name)
    return typeof entry === "string" ? entry.trim() : ""
  }
  const isDevelopment = text("kind") === "vault_dev"
  const address = text("settings.address") || (isDevelopment ? "http://" : "https://")
  const likely: Record<ProviderConsent, boolean> = {
    plain_http: address.startsWith("http://"),
    development_server: isDevelopment,
    root_token: false,
    own_authority: text("settings.ca") !== "",
    personal_token: false,
  }
  return providerConsents.filter((consent) => likely[consent])
}
