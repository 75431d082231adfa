/**
 * What is wrong with fields, by the names that a provider's form gives them: a kind of provider names its settings and
 * its credential plainly, the form says which of the two they are.
 */
export function faultsOf(fields: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  const faults: Record<string, string> = {}
  for (const [name, fault] of Object.entries(fields ?? {})) {
    faults[name] = fault
    if (name.includes(".")) continue
    faults[`settings.${name}`] = fault
    faults[`credential.${name}`] = fault
  }
  return faults
}
