/** How lists that open over the page look: menus, selects, comboboxes. */
export const popupLook =
  "rounded-card border border-line-strong bg-raised p-1 text-ink shadow-popup outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0"

export const itemLook =
  "relative flex min-h-7 items-center gap-2 rounded-small px-2 py-1 outline-none select-none data-disabled:opacity-50 data-highlighted:bg-hover [&_svg]:size-4 [&_svg]:shrink-0"
