"use client"

import { useSearchParams } from "next/navigation"
import { type MouseEvent, useMemo } from "react"
import { type ListView, readView, viewQuery } from "./list-view"

/** The view in the page's address, and how to show another one. */
export function useView(): { view: ListView; show: (view: ListView) => void; hrefOf: (view: ListView) => string } {
  const query = useSearchParams().toString()
  const view = useMemo(() => readView(new URLSearchParams(query)), [query])
  return { view, show, hrefOf: (other) => viewQuery(other) || "?" }
}

/** Replaces the address without asking the server for the page: the list itself reads what the view needs. */
function show(view: ListView): void {
  history.replaceState(null, "", location.pathname + viewQuery(view))
}

/**
 * For a bar of links to other views of the same page: a plain click changes the address alone, so that the list
 * answers at once. Other clicks (a new tab) stay links.
 */
export function showInPlace(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null
  if (link === null || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  if (link.origin !== location.origin || link.pathname !== location.pathname) return
  event.preventDefault()
  history.pushState(null, "", link.pathname + link.search)
}
