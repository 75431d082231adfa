"use client"

import { Check, Copy } from "lucide-react"
import { type ReactNode, useEffect, useState } from "react"
import { Button, IconButton } from "./button"

/** Copies a text, and says that it did. With `children` it is a button with words, else an icon. */
export function CopyButton({
  text,
  label = "Copy",
  children,
}: {
  text: string
  label?: string | undefined
  children?: ReactNode
}): ReactNode {
  const [isCopied, setIsCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setIsCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [isCopied])

  const copy = (): void => void navigator.clipboard.writeText(text).then(() => setIsCopied(true))
  const icon = isCopied ? <Check aria-hidden className="size-4 text-ok" /> : <Copy aria-hidden className="size-4" />
  return (
    <>
      {children === undefined ? (
        <IconButton label={label} onClick={copy}>
          {icon}
        </IconButton>
      ) : (
        <Button onClick={copy}>
          {icon}
          {children}
        </Button>
      )}
      <span role="status" className="sr-only">
        {isCopied ? "Copied" : ""}
      </span>
    </>
  )
}
