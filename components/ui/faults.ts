"use client"

import { createContext, use } from "react"

/** What is wrong with the fields of the form around, by name. */
export const FaultsContext = createContext<Readonly<Record<string, string>>>({})

export function useFault(name: string | undefined): string | undefined {
  const faults = use(FaultsContext)
  return name === undefined ? undefined : faults[name]
}
