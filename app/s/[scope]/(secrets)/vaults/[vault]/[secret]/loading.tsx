import type { ReactNode } from "react"
import { TwoColumns } from "@/components/ui/page-head"
import { CardSkeleton, Skeleton } from "@/components/ui/states"

export default function Loading(): ReactNode {
  return (
    <>
      <div className="grid gap-2">
        <Skeleton className="h-5 w-48" />
        <Skeleton className="h-3 w-64" />
      </div>
      <TwoColumns
        aside={
          <>
            <CardSkeleton lines={3} />
            <CardSkeleton lines={3} />
          </>
        }
      >
        <CardSkeleton lines={6} />
        <CardSkeleton lines={5} />
      </TwoColumns>
    </>
  )
}
