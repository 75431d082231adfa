"use client"

import clsx from "clsx"
import { type ComponentProps, createContext, type ReactNode, use, useId } from "react"
import { useFault } from "./faults"

interface FieldParts {
  id: string
  name: string | undefined
  describedBy: string | undefined
  isFaulty: boolean
}

const FieldContext = createContext<FieldParts | undefined>(undefined)

/**
 * A label, one control, what explains it, and what is wrong with it. With a `name`, the control inside gets that name,
 * and the fault that an ActionForm was answered for it. The controls are plain inputs on purpose: they keep what is
 * typed to themselves, so nothing of it is mirrored into attributes.
 */
export function Field({
  label,
  name,
  hint,
  fault: ownFault,
  optional = false,
  className,
  children,
}: {
  label: ReactNode
  name?: string | undefined
  hint?: ReactNode
  fault?: string | undefined
  optional?: boolean | undefined
  className?: string | undefined
  children: ReactNode
}): ReactNode {
  const id = useId()
  const answeredFault = useFault(name)
  const fault = ownFault ?? answeredFault
  const describedBy = clsx(hint !== undefined && `${id}-hint`, fault && `${id}-fault`) || undefined
  return (
    <FieldContext value={{ id, name, describedBy, isFaulty: Boolean(fault) }}>
      <div className={clsx("grid content-start gap-1", className)}>
        <label id={`${id}-label`} htmlFor={id} className="w-fit text-small font-medium">
          {label}
          {optional && <span className="font-normal text-ink-3"> optional</span>}
        </label>
        {children}
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-small text-ink-3">
            {hint}
          </p>
        )}
        {fault && (
          <p id={`${id}-fault`} className="text-small text-bad">
            {fault}
          </p>
        )}
      </div>
    </FieldContext>
  )
}

/** What a control inside a Field needs to belong to it. */
export function useFieldControl(): {
  id?: string | undefined
  name?: string | undefined
  "aria-describedby"?: string
  "aria-invalid"?: true
} {
  const field = use(FieldContext)
  if (field === undefined) return {}
  return {
    id: field.id,
    ...(field.name !== undefined && { name: field.name }),
    ...(field.describedBy !== undefined && { "aria-describedby": field.describedBy }),
    ...(field.isFaulty && { "aria-invalid": true }),
  }
}

/** The id of the label of the Field around, for controls that a `for` can't reach. */
export function useFieldLabelId(): string | undefined {
  const field = use(FieldContext)
  return field && `${field.id}-label`
}

export const controlLook =
  "w-full min-w-0 rounded-control border border-line-field bg-ground px-2 text-ink focus-visible:outline-2 disabled:opacity-60 aria-invalid:border-bad"

export function Input({ mono = false, className, ...rest }: ComponentProps<"input"> & { mono?: boolean }): ReactNode {
  return (
    <input
      {...useFieldControl()}
      {...rest}
      className={clsx(controlLook, "h-control", mono && "font-mono text-small", className)}
    />
  )
}

export function Textarea({
  mono = false,
  className,
  rows = 3,
  ...rest
}: ComponentProps<"textarea"> & { mono?: boolean }): ReactNode {
  return (
    <textarea
      {...useFieldControl()}
      rows={rows}
      {...rest}
      className={clsx(controlLook, "resize-y py-1", mono && "font-mono text-small", className)}
    />
  )
}
