import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Provider } from "oidc-provider"
import type { OidcProvider } from "../env.ts"

export interface TestIdentityProvider extends AsyncDisposable {
  /** As the operator would set it: `STRONGROOM_OIDC` is a list of such. */
  settings: OidcProvider
}

/**
 * A real OpenID provider on a port of its own, for a Strongroom at `publicUrl`. It asks one question, at
 * `/interaction/…`, and believes whoever a browser says it is: a POST of the form field `subject` (a GET shows the form).
 * "carol" is Carol, carol@example.com. Its ID tokens tell no address: who wants it asks for it.
 */
export async function anIdentityProvider(publicUrl: string): Promise<TestIdentityProvider> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` // listening, so it has one
  const settings = {
    id: "test",
    name: "Test",
    issuer,
    clientId: "strongroom",
    clientSecret: "the secret of the client",
  }
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: settings.clientId,
        client_secret: settings.clientSecret,
        redirect_uris: [`${publicUrl}/api/auth/callback/${settings.id}`],
      },
    ],
    claims: { openid: ["sub"], email: ["email"], profile: ["name"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: `${sub}@example.com`, name: sub.charAt(0).toUpperCase() + sub.slice(1) }),
    }),
    cookies: { keys: ["a key for the test"] },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  })
  const callback = provider.callback()
  server.on("request", (request, response) => {
    const isQuestion = request.url?.startsWith("/interaction/") === true
    void (isQuestion ? answerQuestion(provider, request, response) : callback(request, response))
  })
  return {
    settings,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function answerQuestion(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "POST") return void response.setHeader("content-type", "text/html").end(question)
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  const accountId = session?.accountId ?? new URLSearchParams(await textOf(request)).get("subject") ?? "nobody"
  if (prompt.name === "login") return provider.interactionFinished(request, response, { login: { accountId } })
  const grant = new provider.Grant({ accountId, clientId: String(params.client_id) })
  grant.addOIDCScope("openid profile email")
  const consent = { grantId: await grant.save() }
  await provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true })
}

const question = `<!doctype html><title>Who are you?</title>
<form method="post"><label>Who are you? <input name="subject" autofocus></label> <button>Continue</button></form>`

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer) // no encoding was set, so these are bytes
  return Buffer.concat(parts).toString()
}
