import type { ReactNode } from "react"
import { CardSkeleton, Skeleton } from "@/components/ui/states"

export default function Loading(): ReactNode {
  return (
    <>
      <Skeleton className="h-5 w-40" />
      <div className="grid max-w-form gap-4">
        <CardSkeleton lines={3} />
        <CardSkeleton lines={6} />
        <CardSkeleton lines={3} />
      </div>
    </>
  )
}
