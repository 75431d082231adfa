import type { ReactNode } from "react"
import { FormSkeleton } from "@/components/ui/states"

export default function Loading(): ReactNode {
  return <FormSkeleton cards={[3, 6, 3, 2]} />
}
