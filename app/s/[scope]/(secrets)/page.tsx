import type { Metadata } from "next"
import type { ReactNode } from "react"
import { knownScope, type PageQuery, queryOf } from "../load"
import { ListPage } from "./list-page"

interface Props {
  params: Promise<{ scope: string }>
  searchParams: PageQuery
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Secrets of ${(await params).scope}` }
}

export default async function SecretsPage({ params, searchParams }: Props): Promise<ReactNode> {
  const scope = knownScope((await params).scope)
  return <ListPage scope={scope} query={queryOf(await searchParams)} title="Secrets" />
}
