import clsx from "clsx"
import type { ComponentProps, ReactNode } from "react"
import { KeyHint } from "./key-hint"
import { Link } from "./link"

export type ButtonLook = "primary" | "default" | "quiet" | "danger"

interface Looks {
  look?: ButtonLook
  /** 26 px high instead of 30. */
  small?: boolean
  /** A key that presses it, shown inside: `c`. Give `shortcutLabel` for the key list. */
  shortcut?: string
  shortcutLabel?: string
}

/** A button whose label is a verb. While `pending` it stays focusable, says so, and does nothing. */
export function Button({
  look = "default",
  small = false,
  shortcut,
  shortcutLabel,
  pending = false,
  type = "button",
  className,
  children,
  onClick,
  ...rest
}: ComponentProps<"button"> & Looks & { pending?: boolean }): ReactNode {
  return (
    <button
      {...rest}
      // A pending submit button must not submit twice: as a plain button it can't.
      type={pending ? "button" : type}
      aria-disabled={pending || undefined}
      aria-busy={pending || undefined}
      {...(!pending && onClick && { onClick })}
      className={clsx(buttonLook(look, small), className)}
    >
      {pending && <PendingMark />}
      {children}
      {shortcut && <KeyHint shortcut={shortcut} label={shortcutLabel} onAccent={look === "primary"} />}
    </button>
  )
}

/** A link that looks like a button: for going somewhere. */
export function ButtonLink({
  look = "default",
  small = false,
  shortcut,
  shortcutLabel,
  className,
  children,
  ...rest
}: ComponentProps<typeof Link> & Looks): ReactNode {
  return (
    <Link {...rest} className={clsx(buttonLook(look, small), className)}>
      {children}
      {shortcut && <KeyHint shortcut={shortcut} label={shortcutLabel} onAccent={look === "primary"} />}
    </Link>
  )
}

/** A square button that shows an icon; `label` is its name, for those who don't see it too. */
export function IconButton({
  label,
  className,
  children,
  ...rest
}: ComponentProps<"button"> & { label: string }): ReactNode {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={clsx(
        "inline-grid size-control shrink-0 place-items-center rounded-control text-ink-2 hover:bg-hover hover:text-ink disabled:opacity-50",
        className,
      )}
    >
      {children}
    </button>
  )
}

function buttonLook(look: ButtonLook, small = false): string {
  return clsx(
    "inline-flex shrink-0 items-center justify-center gap-2 rounded-control border font-medium whitespace-nowrap select-none",
    "transition-colors duration-100 disabled:opacity-50 aria-disabled:opacity-70 [&_svg]:size-4 [&_svg]:shrink-0",
    small ? "h-control-small px-2 text-small" : "h-control px-3",
    {
      primary:
        "border-accent bg-accent text-accent-ink shadow-control enabled:hover:bg-accent-strong [a&]:hover:bg-accent-strong",
      default: "border-line-strong bg-raised text-ink shadow-control enabled:hover:bg-hover [a&]:hover:bg-hover",
      quiet:
        "border-transparent bg-transparent text-ink-2 enabled:hover:bg-hover enabled:hover:text-ink [a&]:hover:bg-hover",
      danger: "border-bad bg-bad text-bad-ink shadow-control enabled:hover:bg-bad-strong",
    }[look],
  )
}

function PendingMark(): ReactNode {
  return (
    <span
      aria-hidden
      className="size-3 animate-spin rounded-pill border-2 border-current border-t-transparent motion-reduce:border-t-current"
    />
  )
}
