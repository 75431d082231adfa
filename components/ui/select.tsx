"use client"

import { Combobox as BaseCombobox } from "@base-ui/react/combobox"
import { Select as BaseSelect } from "@base-ui/react/select"
import clsx from "clsx"
import { Check, ChevronsUpDown, X } from "lucide-react"
import { type ReactNode, useState } from "react"
import { controlLook, useFieldControl, useFieldLabelId } from "./field"
import { itemLook, popupLook } from "./popup-look"

export interface Option {
  value: string
  label: string
  note?: string | undefined
  disabled?: boolean | undefined
}

interface Choosing {
  options: readonly Option[]
  name?: string | undefined
  defaultValue?: string | undefined
  value?: string | undefined
  onChange?: (value: string) => void
  /** Its name, where no Field is around. */
  label?: string | undefined
  disabled?: boolean | undefined
  placeholder?: string | undefined
}

/** One of a few. Inside a Field it takes the Field's label and name. */
export function Select({
  options,
  name,
  defaultValue,
  value,
  onChange,
  label,
  disabled = false,
  placeholder = "Choose…",
}: Choosing): ReactNode {
  const { name: fieldName, ...control } = useFieldControl()
  const labelId = useFieldLabelId()
  const formName = name ?? fieldName
  return (
    <BaseSelect.Root
      items={options}
      disabled={disabled}
      {...(formName !== undefined && { name: formName })}
      {...(defaultValue !== undefined && { defaultValue })}
      {...(value !== undefined && { value })}
      {...(onChange && { onValueChange: (next: string | null) => next !== null && onChange(next) })}
    >
      <BaseSelect.Trigger
        {...control}
        {...(label === undefined ? labelId && { "aria-labelledby": labelId } : { "aria-label": label })}
        className={clsx(controlLook, "flex h-control items-center justify-between gap-2 text-left")}
      >
        <BaseSelect.Value placeholder={placeholder} className="truncate data-placeholder:text-ink-3" />
        <BaseSelect.Icon>
          <ChevronsUpDown aria-hidden className="size-4 text-ink-3" />
        </BaseSelect.Icon>
      </BaseSelect.Trigger>
      <BaseSelect.Portal>
        <BaseSelect.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-10 outline-none">
          <BaseSelect.Popup className={clsx(popupLook, "min-w-(--anchor-width)")}>
            <BaseSelect.List className="max-h-[min(20rem,var(--available-height))] overflow-y-auto">
              {options.map((option) => (
                <BaseSelect.Item
                  key={option.value}
                  value={option.value}
                  disabled={option.disabled}
                  className={clsx(itemLook, "pr-8")}
                >
                  <BaseSelect.ItemText>{option.label}</BaseSelect.ItemText>
                  {option.note !== undefined && <span className="text-ink-3">{option.note}</span>}
                  <BaseSelect.ItemIndicator className="absolute right-2">
                    <Check aria-hidden className="size-4" />
                  </BaseSelect.ItemIndicator>
                </BaseSelect.Item>
              ))}
            </BaseSelect.List>
          </BaseSelect.Popup>
        </BaseSelect.Positioner>
      </BaseSelect.Portal>
    </BaseSelect.Root>
  )
}

/** One of many, found by typing. What it sends under its name is the option's `value`. */
export function Combobox({
  options,
  name,
  defaultValue,
  onChange,
  label,
  disabled = false,
  placeholder = "Type to find…",
  empty = "Nothing of this name.",
  clearable = false,
}: Omit<Choosing, "value"> & { empty?: string; clearable?: boolean }): ReactNode {
  const { name: fieldName, ...control } = useFieldControl()
  const [chosen, setChosen] = useState(() => options.find((option) => option.value === defaultValue) ?? null)
  const formName = name ?? fieldName
  return (
    <BaseCombobox.Root
      items={options}
      value={chosen}
      disabled={disabled}
      itemToStringLabel={(option: Option) => option.label}
      isItemEqualToValue={(one: Option, other: Option) => one.value === other.value}
      onValueChange={(next: Option | null) => {
        setChosen(next)
        onChange?.(next?.value ?? "")
      }}
    >
      {formName !== undefined && <input type="hidden" name={formName} value={chosen?.value ?? ""} />}
      <div className="relative">
        <BaseCombobox.Input
          {...control}
          {...(label !== undefined && { "aria-label": label })}
          placeholder={placeholder}
          className={clsx(controlLook, "h-control pr-8")}
        />
        <div className="absolute inset-y-0 right-1 flex items-center text-ink-3">
          {clearable && (
            <BaseCombobox.Clear
              aria-label="Clear"
              className="grid size-6 place-items-center rounded-small hover:bg-hover"
            >
              <X aria-hidden className="size-4" />
            </BaseCombobox.Clear>
          )}
          <BaseCombobox.Trigger
            aria-label="Show all"
            className="grid size-6 place-items-center rounded-small hover:bg-hover"
          >
            <ChevronsUpDown aria-hidden className="size-4" />
          </BaseCombobox.Trigger>
        </div>
      </div>
      <BaseCombobox.Portal>
        <BaseCombobox.Positioner sideOffset={4} className="z-10 outline-none">
          <BaseCombobox.Popup className={clsx(popupLook, "w-(--anchor-width)")}>
            <BaseCombobox.Empty className="empty:hidden">
              <p className="px-2 py-2 text-ink-3">{empty}</p>
            </BaseCombobox.Empty>
            <BaseCombobox.List className="max-h-[min(20rem,var(--available-height))] overflow-y-auto">
              {(option: Option) => (
                <BaseCombobox.Item key={option.value} value={option} className={itemLook}>
                  <span className="truncate">{option.label}</span>
                  {option.note !== undefined && <span className="truncate text-ink-3">{option.note}</span>}
                </BaseCombobox.Item>
              )}
            </BaseCombobox.List>
          </BaseCombobox.Popup>
        </BaseCombobox.Positioner>
      </BaseCombobox.Portal>
    </BaseCombobox.Root>
  )
}
