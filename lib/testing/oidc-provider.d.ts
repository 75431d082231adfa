/** oidc-provider brings no types. This is what lib/testing/an-identity-provider.ts uses of it. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http"

  interface Account {
    accountId: string
    claims: () => Record<string, string>
  }

  interface Settings {
    clients: { client_id: string; client_secret: string; redirect_uris: string[] }[]
    claims: Record<string, string[]>
    features: { devInteractions: { enabled: boolean } }
    interactions: { url: (context: unknown, interaction: { uid: string }) => string }
    findAccount: (context: unknown, subject: string) => Account
    cookies: { keys: string[] }
    ttl: Record<string, number>
  }

  interface Interaction {
    prompt: { name: string }
    params: Record<string, unknown>
    session?: { accountId: string }
  }

  interface Grant {
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }

  export class Provider {
    constructor(issuer: string, settings: Settings)
    readonly Grant: new (of: {
      accountId: string
      clientId: string
    }) => Grant
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: { login: { accountId: string } } | { consent: { grantId: string } },
      options?: { mergeWithLastSubmission: boolean },
    ): Promise<void>
  }
}
