/** What the pages of providers and their actions hand each other. None of it holds a credential. */
import type { OutputOf } from "@/lib/contract/api"
import type { AdoptedRow, CheckLine, MadeAtBackend } from "@/lib/contract/dto"
import type { FormAnswer } from "../ui/action-form"

type Action<Result = null> = (form: FormData) => Promise<FormAnswer<Result>>

export interface Registered {
  name: string
  /** False while somebody else has to say that values may go there. */
  isApproved: boolean
}

export interface BootstrapResult {
  /** `incomplete`: what was made exists; the same again, with the admin token, goes on from there. */
  outcome: "registered" | "incomplete"
  made: MadeAtBackend[]
  problem: string | null
  lines: CheckLine[]
  registered: Registered | null
}

export type BootstrapPlan = OutputOf<"planBootstrap">

export interface RegisterActions {
  checkProvider: Action<{ check: string }>
  registerProvider: Action<Registered>
  planBootstrap: Action<BootstrapPlan>
  bootstrapProvider: Action<BootstrapResult>
  setDefaultProvider: Action
  startTransfer: Action<{ transfer: string }>
}

export interface ChangeActions {
  checkProvider: Action<{ check: string }>
  changeProvider: Action
}

export interface ProviderPageActions {
  recheckProvider: Action
  replaceCredential: Action
  unregisterProvider: Action
}

export type AdoptAction = Action<AdoptedRow[]>
