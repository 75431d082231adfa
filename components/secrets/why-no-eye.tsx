"use client"

import { type ReactNode, useState } from "react"
import { Button } from "../ui/button"
import { Notice } from "../ui/notice"
import { explainedCookie } from "./explained"

/** Says why there is no eye icon, until the reader says that it is understood. */
export function WhyNoEye(): ReactNode {
  const [isUnderstood, setIsUnderstood] = useState(false)
  if (isUnderstood) return null

  function understand(): void {
    const secure = location.protocol === "https:" ? "; secure" : ""
    document.cookie = `${explainedCookie}=1; path=/; max-age=${365 * 24 * 60 * 60}; samesite=lax${secure}`
    setIsUnderstood(true)
  }

  return (
    <Notice
      tone="lock"
      flush
      action={
        <Button small look="quiet" onClick={understand}>
          Understood
        </Button>
      }
    >
      Nobody can read this value here, whatever their role. Service accounts that were granted it can, and each read is
      recorded.
    </Notice>
  )
}
