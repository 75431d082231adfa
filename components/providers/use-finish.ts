import { useRouter } from "next/navigation"
import { formOf } from "../acts/form-of"
import { useFreshSignIn } from "../confirm-sign-in/confirm-sign-in"
import { providerPage, transferPage } from "../frame/addresses"
import { answerOf } from "../secrets/row-runs"
import { useToast } from "../ui/toast"
import type { RegisterActions, Registered } from "./provider-actions"

/** Makes it the default where it was asked to be, starts the move, and leads on; what fails then is said, not lost. */
export function useFinish(
  scope: string,
  actions: RegisterActions,
): (registered: Registered, data: FormData, leads: boolean) => Promise<void> {
  const router = useRouter()
  const toast = useToast()
  const withFreshSignIn = useFreshSignIn()
  return async ({ name, isApproved }, data, leads) => {
    const defaultFor = data.get("defaultFor")
    const target = typeof defaultFor === "string" && defaultFor !== "" ? defaultFor : undefined
    const say = (title: string, description: string): void => toast({ title, description, tone: "bad" })
    if (target !== undefined && target !== scope) {
      const chosen = formOf({ scope: target, provider: name })
      const answer = await answerOf(() => withFreshSignIn(() => actions.setDefaultProvider(chosen)))
      if (answer.state === "failed") say(`${name} isn’t the default of ${target}`, answer.message)
    }
    let page = providerPage(scope, name)
    if (target !== undefined && isApproved && data.has("moveToo")) {
      const moved = formOf({ scope: target, to: name })
      const answer = await answerOf(() => withFreshSignIn(() => actions.startTransfer(moved)))
      if (answer.state === "done") page = transferPage(target, answer.result.transfer)
      else say(`The secrets of ${target} weren’t moved`, answer.message)
    }
    if (leads) router.push(page)
  }
}
