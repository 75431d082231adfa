import { StrongroomError } from "../../sdk/index.ts"
import { command } from "../command.ts"
import { completionScripts } from "../completing.ts"

export const completion = command({
  words: ["SHELL"],
  options: {},
  about:
    "Prints what a shell needs to complete commands and options: bash, zsh or fish.\n  bash: source <(strongroom completion bash)\n  zsh:  source <(strongroom completion zsh)\n  fish: strongroom completion fish | source",
  run: async (_, [shell]) => {
    const write = completionScripts[shell]
    if (write === undefined) throw new StrongroomError("invalid", "A shell is one of: bash, zsh, fish.")
    return { kind: "raw", bytes: await write() }
  },
})
