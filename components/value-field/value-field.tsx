"use client"

import clsx from "clsx"
import { Eye, EyeOff, FileUp, WandSparkles } from "lucide-react"
import {
  type ChangeEvent,
  type ClipboardEvent,
  type DragEvent,
  type ReactNode,
  useEffect,
  useEffectEvent,
  useId,
  useRef,
  useState,
} from "react"
import type { GeneratedKind } from "@/lib/contract/words"
import { Button } from "../ui/button"
import { useFault } from "../ui/faults"
import { controlLook, Field, Input } from "../ui/field"
import { Select } from "../ui/select"
import { base64Of, factsOfBytes, factsOfText, nothingTyped, textForField, type ValueFacts } from "./typed-bytes"
import { unkept } from "./unkept"

/**
 * Where a value is typed, pasted or dropped; nothing ever fills it but its writer.
 *
 * The text lives in the text area alone, uncontrolled: React would mirror a controlled value into the page's HTML. Our
 * state holds counts and words of it. It is emptied when its form is reset, which ActionForm does on success only, and
 * when the page comes back from the browser's cache.
 *
 * The form gets either `value` (base64 of the exact bytes: multipart bodies turn line breaks into CRLF) with `encoding`
 * `base64`, or `generate` (a kind) with `generateLength`.
 */
export function ValueField({
  label = "Value",
  mayGenerate = true,
  autoFocus = false,
  hint = "Once saved, nobody can read it here.",
  rows = 3,
  enterSends = false,
}: {
  label?: string | undefined
  mayGenerate?: boolean | undefined
  autoFocus?: boolean | undefined
  hint?: ReactNode
  rows?: number | undefined
  /** For a queue of values: Enter sends the form, Shift+Enter breaks the line. Ctrl/Cmd+Enter always sends. */
  enterSends?: boolean | undefined
}): ReactNode {
  const [isGenerated, setIsGenerated] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  useFormEvent(root, "reset", () => setIsGenerated(false))
  return (
    <div ref={root} className="grid gap-2">
      {/* What was typed stays while the other way is looked at, and isn't sent. */}
      <div hidden={isGenerated}>
        <TypedValue
          label={label}
          autoFocus={autoFocus}
          hint={hint}
          rows={rows}
          enterSends={enterSends}
          isOff={isGenerated}
          {...(mayGenerate && { onGenerate: () => setIsGenerated(true) })}
        />
      </div>
      {isGenerated && <GeneratedValue label={label} onType={() => setIsGenerated(false)} />}
    </div>
  )
}

function TypedValue({
  label,
  autoFocus,
  hint,
  rows,
  enterSends,
  isOff,
  onGenerate,
}: {
  label: string
  autoFocus: boolean
  hint: ReactNode
  rows: number
  enterSends: boolean
  isOff: boolean
  onGenerate?: () => void
}): ReactNode {
  const id = useId()
  const area = useRef<HTMLTextAreaElement>(null)
  // A dropped file that a text field would change. In a ref, since state can be looked at from outside.
  const file = useRef<Uint8Array<ArrayBuffer> | null>(null)
  const [hasFile, setHasFile] = useState(false)
  const [facts, setFacts] = useState<ValueFacts>(nothingTyped)
  const [isUnmasked, setIsUnmasked] = useState(false)
  const [isDraggedOver, setIsDraggedOver] = useState(false)
  const [note, setNote] = useState<string>()
  const fault = useFault("value")

  function empty(): void {
    if (area.current) area.current.value = ""
    file.current = null
    setHasFile(false)
    setFacts(nothingTyped)
    setIsUnmasked(false)
    setNote(undefined)
  }

  useFormEvent(area, "reset", empty)
  useFormEvent(area, "formdata", (event) => {
    if (isOff || !(event instanceof FormDataEvent)) return
    const bytes = file.current ?? new TextEncoder().encode(area.current?.value ?? "")
    event.formData.set("value", base64Of(bytes))
    event.formData.set("encoding", "base64")
  })
  useRestoredPage(empty)

  async function take(dropped: File | undefined): Promise<void> {
    if (dropped === undefined || area.current === null) return
    empty()
    const bytes = new Uint8Array(await dropped.arrayBuffer())
    const text = textForField(bytes)
    if (text === undefined) {
      file.current = bytes
      setHasFile(true)
    } else area.current.value = text
    setFacts(factsOfBytes(bytes))
  }

  function drop(event: DragEvent): void {
    setIsDraggedOver(false)
    if (event.dataTransfer.files.length === 0) return
    event.preventDefault()
    void take(event.dataTransfer.files[0])
  }

  function pasted(event: ClipboardEvent): void {
    const hasReturns = event.clipboardData.getData("text/plain").includes("\r")
    setNote(hasReturns ? "Its line breaks are kept as \\n. To keep them as \\r\\n, drop the file." : undefined)
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
        <Button
          small
          look="quiet"
          aria-label={isUnmasked ? "Mask what I type" : "Show what I type"}
          onClick={() => setIsUnmasked(!isUnmasked)}
        >
          {isUnmasked ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
          {isUnmasked ? "Mask" : "Show"}
        </Button>
        <FileButton onFile={take} />
        {onGenerate && (
          <Button small look="quiet" onClick={onGenerate}>
            <WandSparkles aria-hidden />
            Generate
          </Button>
        )}
      </div>
      {hasFile ? (
        <div className={clsx(controlLook, "flex min-h-16 items-center gap-3 py-1")}>
          <span className="mr-auto">A file, kept byte for byte.</span>
          <Button small onClick={empty}>
            Remove
          </Button>
        </div>
      ) : null}
      <textarea
        ref={area}
        id={id}
        // The value itself is put into the form's data above, as bytes.
        name="value"
        hidden={hasFile}
        disabled={isOff}
        rows={rows}
        autoFocus={autoFocus}
        {...unkept}
        wrap="off"
        placeholder={isDraggedOver ? "Drop the file here" : "Type, paste or drop a file"}
        aria-describedby={`${id}-facts`}
        aria-invalid={fault !== undefined || facts.isTooLarge ? true : undefined}
        onInput={(event) => setFacts(factsOfText(event.currentTarget.value))}
        onPaste={pasted}
        onKeyDown={(event) => {
          const sends = event.ctrlKey || event.metaKey || (enterSends && !event.shiftKey)
          if (event.key !== "Enter" || !sends || event.nativeEvent.isComposing) return
          event.preventDefault()
          event.currentTarget.form?.requestSubmit()
        }}
        className={clsx(
          controlLook,
          "resize-y overflow-auto py-1 font-mono text-small whitespace-pre",
          !isUnmasked && facts.bytes > 0 && "masked",
          isDraggedOver && "border-dashed border-accent",
        )}
      />
      <div id={`${id}-facts`} className="grid gap-1 text-small text-ink-3">
        <p>{facts.bytes === 0 ? hint : [sizeWords(facts.bytes), facts.kind].filter(Boolean).join(", ")}</p>
        <div role="status" className="grid gap-1 empty:hidden">
          {facts.edges !== undefined && <p className="text-warn">White space is kept: {facts.edges}.</p>}
          {note !== undefined && <p className="text-warn">{note}</p>}
          {facts.isTooLarge && <p className="text-bad">A value may have 64 KiB (65,536 bytes) at most.</p>}
        </div>
        {fault !== undefined && <p className="text-bad">{fault}</p>}
      </div>
    </div>
  )
}

const kinds: readonly { value: GeneratedKind; label: string; hasLength: boolean }[] = [
  { value: "password", label: "Password: letters, digits and signs", hasLength: true },
  { value: "alphanumeric", label: "Letters and digits", hasLength: true },
  { value: "hex", label: "Hex", hasLength: true },
  { value: "base64url", label: "Base64url", hasLength: true },
  { value: "uuid", label: "UUID", hasLength: false },
  { value: "ed25519", label: "Key pair: Ed25519", hasLength: false },
  { value: "ec_p256", label: "Key pair: EC P-256", hasLength: false },
  { value: "rsa_3072", label: "Key pair: RSA 3072", hasLength: false },
]

function GeneratedValue({ label, onType }: { label: string; onType: () => void }): ReactNode {
  const [kind, setKind] = useState<string>("password")
  const hasLength = kinds.some((option) => option.value === kind && option.hasLength)
  return (
    <fieldset className="grid gap-2">
      <div className="flex items-center gap-2">
        <legend className="contents text-small font-medium">{label}</legend>
        <Button small look="quiet" className="ml-auto" autoFocus onClick={onType}>
          Type it instead
        </Button>
      </div>
      <div className="grid gap-3 sm:grid-cols-[1fr_var(--label)]">
        <Field label="Generate" name="generate">
          <Select options={kinds} value={kind} onChange={setKind} />
        </Field>
        {hasLength && (
          <Field label="Characters" name="generateLength">
            <Input type="number" min={16} max={1024} defaultValue={32} inputMode="numeric" />
          </Field>
        )}
      </div>
      <p className="text-small text-ink-3">
        It is made and stored without being shown: no person ever knows it.
        {kind in publicHalves && " Its public half is shown afterwards."}
      </p>
    </fieldset>
  )
}

const publicHalves: Partial<Record<string, true>> = { ed25519: true, ec_p256: true, rsa_3072: true }

function FileButton({ onFile }: { onFile: (file: File | undefined) => Promise<void> }): ReactNode {
  const input = useRef<HTMLInputElement>(null)
  function chosen(event: ChangeEvent<HTMLInputElement>): void {
    void onFile(event.currentTarget.files?.[0])
    event.currentTarget.value = ""
  }
  return (
    <>
      <Button small look="quiet" onClick={() => input.current?.click()}>
        <FileUp aria-hidden />
        From a file
      </Button>
      {/* Without a name it isn't sent: its bytes become the value. */}
      <input
        ref={input}
        type="file"
        hidden
        tabIndex={-1}
        aria-label="A file to take the value from"
        onChange={chosen}
      />
    </>
  )
}

function sizeWords(bytes: number): string {
  return `${bytes.toLocaleString("en")} ${bytes === 1 ? "byte" : "bytes"}`
}

/** Listens to the form that the element is in. */
function useFormEvent(
  element: { current: HTMLElement | null },
  type: "reset" | "formdata",
  listen: (event: Event) => void,
): void {
  const latest = useEffectEvent(listen)
  useEffect(() => {
    const form = element.current?.closest("form")
    const hear = (event: Event): void => latest(event)
    form?.addEventListener(type, hear)
    return () => form?.removeEventListener(type, hear)
  }, [element, type])
}

/** A page that comes back from the browser's cache comes back as it was left: with what was typed. */
function useRestoredPage(empty: () => void): void {
  const latest = useEffectEvent(empty)
  useEffect(() => {
    const shown = (event: PageTransitionEvent): void => {
      if (event.persisted) latest()
    }
    addEventListener("pageshow", shown)
    return () => removeEventListener("pageshow", shown)
  }, [])
}
