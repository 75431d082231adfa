// `npm run vault-up`: a dev server of OpenBao or Vault to try things with. What it prints to stdout is for a shell:
// `eval "$(npm run --silent vault-up)"`.
import { devVault, logFile, rootToken, startDevVault } from "./dev-vault.mjs"

const { address } = devVault

try {
  const program = await startDevVault()
  const begun = `A dev server is up at ${address}, run by ${program}. Its log is ${logFile(devVault)}.`
  console.error(`${program === undefined ? `The dev server is up at ${address} already.` : begun}
It keeps everything in memory, without TLS, and its root token is no secret. Never put real values there.
`)
  console.log(`export VAULT_ADDR=${address}
export VAULT_TOKEN=${rootToken}
export SECRETS_PROVIDER=vault_dev
export STRONGROOM_EGRESS_LOOPBACK=allow`)
  console.error(`
To register it: with these variables set, "npm start" registers it as the organization's store.
Into a Strongroom that runs already with STRONGROOM_EGRESS_LOOPBACK=allow, register it in the console: Providers,
Register, "Vault in dev mode", with this address and this token, and the mount "secret".
"npm run verify-vault" tries the whole way; "npm run vault-down" stops the server, and all in it is gone.`)
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
