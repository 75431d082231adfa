import type { ReactNode } from "react"
import { Skeleton, TableSkeleton } from "@/components/ui/states"

export default function Loading(): ReactNode {
  return (
    <>
      <Skeleton className="h-5 w-40" />
      <TableSkeleton rows={3} />
    </>
  )
}
