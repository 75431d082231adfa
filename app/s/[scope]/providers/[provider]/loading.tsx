import type { ReactNode } from "react"
import { CardSkeleton, Skeleton } from "@/components/ui/states"

export default function Loading(): ReactNode {
  return (
    <>
      <Skeleton className="h-5 w-40" />
      <CardSkeleton lines={5} />
      <CardSkeleton lines={6} />
      <CardSkeleton lines={3} />
    </>
  )
}
