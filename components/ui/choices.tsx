"use client"

import { Checkbox as BaseCheckbox } from "@base-ui/react/checkbox"
import { Switch as BaseSwitch } from "@base-ui/react/switch"
import clsx from "clsx"
import { Check, Minus } from "lucide-react"
import { type ReactNode, useId } from "react"

interface Choice {
  name?: string | undefined
  value?: string | undefined
  checked?: boolean | undefined
  defaultChecked?: boolean | undefined
  onChange?: (checked: boolean) => void
  disabled?: boolean | undefined
}

// The target is 24 px wide and high, the box in it 16.
const targetLook = "group -m-1 grid size-6 shrink-0 place-items-center rounded-small data-disabled:opacity-50"
const boxLook =
  "grid size-4 place-items-center rounded-small border border-line-field bg-ground text-accent-ink group-data-checked:border-accent group-data-checked:bg-accent group-data-indeterminate:border-accent group-data-indeterminate:bg-accent"

/** A tick box with words at its side. Without `children` it needs a `label`. */
export function Checkbox({
  label,
  hint,
  indeterminate = false,
  onChange,
  children,
  ...rest
}: Choice & { label?: string; hint?: ReactNode; indeterminate?: boolean; children?: ReactNode }): ReactNode {
  const id = useId()
  const box = (
    <BaseCheckbox.Root
      {...rest}
      {...(onChange && { onCheckedChange: (checked: boolean) => onChange(checked) })}
      {...(label !== undefined && { "aria-label": label })}
      {...(hint !== undefined && { "aria-describedby": id })}
      indeterminate={indeterminate}
      className={targetLook}
    >
      <span className={boxLook}>
        <BaseCheckbox.Indicator>
          {indeterminate ? (
            <Minus aria-hidden className="size-3" />
          ) : (
            <Check aria-hidden className="size-3" strokeWidth={3} />
          )}
        </BaseCheckbox.Indicator>
      </span>
    </BaseCheckbox.Root>
  )
  if (children === undefined) return box
  return (
    <div className="grid gap-0.5">
      <label className="flex w-fit items-start gap-2">
        <span className="mt-0.5">{box}</span>
        <span>{children}</span>
      </label>
      {hint !== undefined && (
        <p id={id} className="pl-6 text-small text-ink-3">
          {hint}
        </p>
      )}
    </div>
  )
}

/** Something that is on or off at once, without a button to save it. */
export function Switch({ onChange, children, ...rest }: Choice & { children: ReactNode }): ReactNode {
  return (
    <label className="flex w-fit items-center gap-2">
      <BaseSwitch.Root
        {...rest}
        {...(onChange && { onCheckedChange: (checked: boolean) => onChange(checked) })}
        className="flex h-5 w-8 shrink-0 items-center rounded-pill border border-line-field bg-hover p-0.5 data-checked:border-accent data-checked:bg-accent data-disabled:opacity-50"
      >
        <BaseSwitch.Thumb className="size-3.5 rounded-pill bg-ink-3 transition-transform duration-100 data-checked:translate-x-3 data-checked:bg-accent-ink" />
      </BaseSwitch.Root>
      <span>{children}</span>
    </label>
  )
}

/** One of a few, each with what it needs: plain radio buttons that look like cards. */
export function RadioCards({
  name,
  label,
  options,
  defaultValue,
  stacked = false,
  onChange,
}: {
  name: string
  label: string
  /** One beneath the other, where there is no room beside. */
  stacked?: boolean
  options: readonly { value: string; title: ReactNode; note?: ReactNode; disabled?: boolean }[]
  defaultValue?: string | undefined
  onChange?: (value: string) => void
}): ReactNode {
  return (
    <fieldset className={clsx("grid gap-2", !stacked && (options.length === 3 ? "sm:grid-cols-3" : "sm:grid-cols-2"))}>
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className={clsx(
            "flex items-start gap-2 rounded-card border border-line-field p-3 has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent",
            option.disabled ? "opacity-60" : "hover:bg-hover",
          )}
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            defaultChecked={option.value === defaultValue}
            disabled={option.disabled}
            onChange={(event) => onChange?.(event.currentTarget.value)}
            className="mt-1 accent-accent outline-none"
          />
          <span className="grid">
            <span className="font-semibold">{option.title}</span>
            {option.note !== undefined && <span className="text-small text-ink-3">{option.note}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}
