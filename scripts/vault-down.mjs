// `npm run vault-down`: stops the dev server of `npm run vault-up`. All that was in it is gone.
import { devVault, stopDevVault } from "./dev-vault.mjs"

const stopped = await stopDevVault()
console.log(stopped ? `The dev server at ${devVault.address} is stopped.` : "No dev server of ours is running.")
