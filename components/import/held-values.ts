/**
 * The values of an import, from when they are parsed until they are sent. They stay here and not in React's state,
 * whose contents tools can show; nothing hands them out but `rowsForWire`, and what was sent is dropped.
 */
export class HeldValues {
  readonly #values = new Map<string, string>()

  hold(key: string, value: string): void {
    this.#values.set(key, value)
  }

  /** The rows as the API takes them, values and all, as one text for an action's form. */
  rowsForWire(rows: readonly { key: string }[]): string {
    return JSON.stringify(rows.map((row) => ({ ...row, value: this.#values.get(row.key) ?? "" })))
  }

  drop(key: string): void {
    this.#values.delete(key)
  }

  dropAll(): void {
    this.#values.clear()
  }

  get count(): number {
    return this.#values.size
  }
}
