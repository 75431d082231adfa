"use client"

import clsx from "clsx"
import { Eye, EyeOff, FileUp } from "lucide-react"
import { type DragEvent, type ReactNode, type Ref, useId, useImperativeHandle, useRef, useState } from "react"
import { Button } from "../ui/button"
import { controlLook } from "../ui/field"
import { unkept } from "../value-field/unkept"

export interface Pasted {
  text: () => string
  empty: () => void
}

/** Where a file's text is pasted or dropped. It stays in the text area alone, and looks masked until asked. */
export function PasteArea({
  label,
  placeholder,
  onFileName,
  ref,
}: {
  label: string
  placeholder: string
  /** The name of a file that was dropped or chosen. */
  onFileName: (name: string) => void
  ref: Ref<Pasted>
}): ReactNode {
  const id = useId()
  const area = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)
  const [isUnmasked, setIsUnmasked] = useState(false)
  const [isEmpty, setIsEmpty] = useState(true)
  const [isDraggedOver, setIsDraggedOver] = useState(false)

  const put = (text: string): void => {
    if (area.current) area.current.value = text
    setIsEmpty(text === "")
  }
  useImperativeHandle(ref, () => ({
    text: () => area.current?.value ?? "",
    empty: () => {
      put("")
      setIsUnmasked(false)
    },
  }))

  async function take(file: File | undefined): Promise<void> {
    if (file === undefined) return
    put(await file.text())
    onFileName(file.name)
  }

  function drop(event: DragEvent): void {
    setIsDraggedOver(false)
    if (event.dataTransfer.files.length === 0) return
    event.preventDefault()
    void take(event.dataTransfer.files[0])
  }

  return (
    <div
      className="grid gap-1"
      onDragOver={(event) => {
        event.preventDefault()
        setIsDraggedOver(true)
      }}
      onDragLeave={() => setIsDraggedOver(false)}
      onDrop={drop}
    >
      <div className="flex flex-wrap items-center gap-1">
        <label htmlFor={id} className="mr-auto text-small font-medium">
          {label}
        </label>
        <Button small look="quiet" aria-pressed={isUnmasked} onClick={() => setIsUnmasked(!isUnmasked)}>
          {isUnmasked ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
          {isUnmasked ? "Mask what I pasted" : "Show what I pasted"}
        </Button>
        <Button small look="quiet" onClick={() => picker.current?.click()}>
          <FileUp aria-hidden />
          From a file
        </Button>
        <input
          ref={picker}
          type="file"
          hidden
          tabIndex={-1}
          aria-label="A file to import"
          accept=".env,.json,.yaml,.yml,.csv,text/*,application/json"
          onChange={(event) => {
            void take(event.currentTarget.files?.[0])
            event.currentTarget.value = ""
          }}
        />
      </div>
      <textarea
        ref={area}
        id={id}
        rows={10}
        {...unkept}
        wrap="off"
        placeholder={isDraggedOver ? "Drop the file here" : placeholder}
        onInput={(event) => setIsEmpty(event.currentTarget.value === "")}
        className={clsx(
          controlLook,
          "resize-y overflow-auto py-1 font-mono text-small whitespace-pre",
          !isUnmasked && !isEmpty && "masked",
          isDraggedOver && "border-dashed border-accent",
        )}
      />
      <p className="text-small text-ink-3">
        It is read here in the browser. Only the names leave it for the preview; values go straight to the store when
        you import.
      </p>
    </div>
  )
}
