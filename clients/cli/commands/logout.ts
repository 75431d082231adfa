import { command } from "../command.ts"
import { openAsNobody } from "../connection.ts"
import { findToken, forgetToken } from "../credentials.ts"

export const logout = command({
  words: [],
  options: {},
  about: "Forgets the token that login keeps for this address. The token itself stays valid: revoke it in the console.",
  run: async (options) => {
    const { url } = await openAsNobody(options)
    const kept = await findToken(url)
    await forgetToken(url)
    const text = kept === undefined ? `Nobody was signed in at ${url}.` : `Signed out of ${url}.`
    return { kind: "said", text, json: { url, wasSignedIn: kept !== undefined } }
  },
})
