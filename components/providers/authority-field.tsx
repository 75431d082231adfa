"use client"

import { type DragEvent, type ReactNode, useRef } from "react"
import { Button } from "../ui/button"
import { Field, Textarea } from "../ui/field"

/** The text of certificates: pasted, dropped as a file, or chosen. It is no secret, and stands there again in a draft. */
export function AuthorityField({
  defaultValue,
  onEdit,
}: {
  defaultValue: string
  /** A file that is put in is no typing that the form would hear of. */
  onEdit: () => void
}): ReactNode {
  const area = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<HTMLInputElement>(null)

  async function take(file: File | undefined): Promise<void> {
    if (file === undefined || area.current === null) return
    area.current.value = await file.text()
    onEdit()
  }

  function drop(event: DragEvent): void {
    if (event.dataTransfer.files.length === 0) return
    event.preventDefault()
    void take(event.dataTransfer.files[0])
  }

  return (
    <div className="grid gap-1 sm:col-span-2" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <Field
        label="Certificate authority"
        name="settings.ca"
        optional
        hint="Only if the server’s certificate comes from an authority of your own: paste its certificate, or drop the file here."
      >
        <Textarea
          ref={area}
          mono
          rows={2}
          defaultValue={defaultValue}
          autoComplete="off"
          spellCheck={false}
          placeholder="-----BEGIN CERTIFICATE-----"
        />
      </Field>
      <input
        ref={picker}
        type="file"
        hidden
        accept=".pem,.crt,.cer"
        onChange={(event) => void take(event.currentTarget.files?.[0])}
      />
      <Button small look="quiet" className="justify-self-start" onClick={() => picker.current?.click()}>
        Choose a file…
      </Button>
    </div>
  )
}
