import { command } from "../command.ts"
import { readConfiguration } from "../configuration.ts"
import { open, readingScope } from "../connection.ts"
import { facts } from "../output.ts"

export const whoami = command({
  words: [],
  options: {},
  about: "Says who asks, where, and which of the possible credentials was used.",
  run: async (options) => {
    const { api, url, identity } = await open(options)
    const me = await api.describeMe({})
    const scope = readingScope(undefined) ?? me.scope ?? (await readConfiguration()).scope ?? null
    const source = identity.source.replace(/,$/, "")
    const text = facts({
      name: me.email === null ? me.name : `${me.name} <${me.email}>`,
      kind: me.kind === "person" ? "person" : "service account",
      organization: me.organization.path,
      scope,
      roles: me.roles.map(({ role, scope: at }) => `${role} of ${at}`).join(", "),
      url,
      credential: source,
    })
    return { kind: "said", text, json: { ...me, url, credential: source, chosenScope: scope } }
  },
})
