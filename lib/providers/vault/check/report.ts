/** The lines of a check as they are found, and what they come to. */
import type { CheckLine, Consent, ProviderStatus } from "../../provider.ts"
import type { Obstacle } from "./obstacle.ts"

interface More {
  mend?: string
  paste?: string
}

export class CheckReport {
  readonly #tell: (line: CheckLine) => void
  readonly #told = new Set<string>()
  readonly #consents = new Set<Consent>()
  #status: ProviderStatus | undefined

  constructor(tell: (line: CheckLine) => void) {
    this.#tell = tell
  }

  passed(id: string, text: string): void {
    this.#say(id, "passed", text, {})
  }

  /** @param consent what people must tick before they save it so */
  warned(id: string, text: string, more: More & { consent?: Consent } = {}): void {
    if (more.consent !== undefined) this.#consents.add(more.consent)
    this.#say(id, "warning", text, more)
  }

  /** The first failure's status is the check's: what fails after it mostly does because of it. */
  failed(id: string, status: ProviderStatus, text: string, more: More = {}): void {
    this.#status ??= status
    this.#say(id, "failed", text, more)
  }

  blocked(id: string, { status, message, mend, paste }: Obstacle): void {
    this.failed(id, status, message, { ...(mend !== null && { mend }), ...(paste !== null && { paste }) })
  }

  skipped(id: string, text: string, more: More = {}): void {
    this.#say(id, "skipped", text, more)
  }

  /** A line for each of these that nothing was said about. */
  skipUntold(ids: readonly string[]): void {
    for (const id of ids) {
      if (!this.#told.has(id)) this.skipped(id, "Not tried: what it stands on failed.")
    }
  }

  get hasFailed(): boolean {
    return this.#status !== undefined
  }

  get status(): ProviderStatus | undefined {
    return this.#status
  }

  get consents(): Consent[] {
    return [...this.#consents]
  }

  #say(id: string, state: CheckLine["state"], text: string, { mend, paste }: More): void {
    this.#told.add(id)
    this.#tell({ id, state, text, mend: mend ?? null, paste: paste ?? null })
  }
}
