import type { ReactNode } from "react"
import { Skeleton, TableSkeleton } from "@/components/ui/states"

export default function Loading(): ReactNode {
  return (
    <>
      <div className="flex h-control items-center justify-between">
        <Skeleton className="h-5 w-40" />
        <Skeleton className="h-control w-64 max-sm:hidden" />
      </div>
      <Skeleton className="h-control-small w-full max-w-form" />
      <TableSkeleton />
    </>
  )
}
